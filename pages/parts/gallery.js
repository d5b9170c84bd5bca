// Groups of tiles. Every word goes in as text, every tile is a real link.

const TRIES = 12 // the last about two minutes after the first

const make = (tag, className, text) => {
  const element = document.createElement(tag)
  element.className = className
  if (text) element.textContent = text
  return element
}

const link = (className, kind, key, href, text) => {
  const anchor = make("a", className, text)
  anchor.href = href
  anchor.target = "_self"
  Object.assign(anchor.dataset, { kind, key })
  return anchor
}

const tileOf = (tile, first) => {
  const anchor = link("tile", "tile", tile.key, tile.href)
  anchor.tabIndex = first ? 0 : -1
  const frame = make("span", tile.crop ? "frame cut" : "frame")
  const image = make("img", "")
  Object.assign(image, { loading: "lazy", decoding: "async", alt: tile.alt, draggable: false, src: tile.url })
  let tries = 0
  image.onerror = () => {
    // A tile that is not there is being made: it is asked for again, ever less often.
    if (tries < TRIES) setTimeout(() => (image.src = `${tile.url}?again=${++tries}`), 300 * 1.6 ** tries)
    else frame.classList.add("broken")
  }
  if (tile.crop) {
    const [left, top, width, height] = tile.crop.map((share) => `${100 * share}%`)
    Object.assign(image.style, { left: `calc(-1 * ${left})`, top: `calc(-1 * ${top})`, width, height })
  }
  frame.append(image)
  anchor.append(frame)
  if (tile.caption) anchor.append(make("span", "caption", tile.caption))
  if (tile.detail) anchor.append(make("span", "detail", tile.detail))
  anchor.title = [tile.alt, tile.caption, tile.detail, tile.hint].filter(Boolean).join("\n")
  return anchor
}

const whiskerOf = ([low, value, high], [from, to]) => {
  const at = (number) => `${(100 * (number - from)) / (to - from || 1)}%`
  const track = make("div", "track")
  for (const [className, left] of [["zero", 0], ["dot", value]]) {
    const mark = track.appendChild(make("span", className))
    mark.style.left = at(left)
  }
  if (low !== null && high !== null) {
    const line = track.appendChild(make("span", "whisker"))
    Object.assign(line.style, { left: at(low), right: `calc(100% - ${at(high)})` })
  }
  return track
}

const swatchesOf = (swatches) => {
  const bar = make("div", "swatches")
  bar.setAttribute("role", "img")
  const words = swatches.map(([colour, share]) => `${Math.round(100 * share)}% ${colour}`).join(", ")
  bar.setAttribute("aria-label", `Colours: ${words}`)
  bar.title = words
  for (const [colour, share] of swatches) {
    const part = bar.appendChild(make("span", ""))
    Object.assign(part.style, { background: colour, flexGrow: share })
  }
  return bar
}

const groupOf = (group, axis) => {
  const section = make("section", "group")
  if (group.title) {
    const head = section.appendChild(make("header", "head"))
    head.append(group.href ? link("title", "group", group.key, group.href, group.title) : make("span", "title", group.title))
    const notes = head.appendChild(make("div", "notes"))
    notes.append(...group.notes.map((note) => make("span", "note", note)))
    if (group.estimate && axis) head.append(whiskerOf(group.estimate, axis))
  }
  const tiles = section.appendChild(make("div", "tiles"))
  tiles.append(...group.tiles.map((tile, number) => tileOf(tile, number === 0)))
  if (group.swatches.length) section.append(swatchesOf(group.swatches))
  if (group.more) section.append(link("more", "group", group.key, group.href, group.more))
  return section
}

const nextTile = (tiles, from, key) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[key]
  if (step) return tiles[tiles.indexOf(from) + step]
  if (key === "Home") return tiles[0]
  if (key === "End") return tiles.at(-1)
  const here = from.getBoundingClientRect()
  const down = key === "ArrowDown"
  const beyond = tiles.filter((tile) => {
    const there = tile.getBoundingClientRect()
    return down ? there.top >= here.bottom - 1 : there.bottom <= here.top + 1
  })
  const distance = (tile) => {
    const there = tile.getBoundingClientRect()
    return 4 * Math.abs(there.top - here.top) + Math.abs(there.left - here.left)
  }
  return beyond.sort((a, b) => distance(a) - distance(b))[0]
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".gallery")
  const content = JSON.stringify([data.groups, data.layout, data.axis])
  if (root.shown !== content) {
    root.shown = content
    root.className = `gallery ${data.layout}`
    root.replaceChildren(...data.groups.map((group) => groupOf(group, data.axis)))
  }
  const tiles = [...root.querySelectorAll(".tile")]
  for (const tile of tiles) tile.toggleAttribute("aria-current", tile.dataset.key === data.chosen)
  const chosen = root.querySelector("[aria-current]")
  if (chosen && data.layout === "strip") {
    const row = chosen.parentElement
    row.scrollTo({ left: chosen.offsetLeft - row.offsetLeft - (row.clientWidth - chosen.clientWidth) / 2 })
  }

  root.onclick = (event) => {
    const picked = event.target.closest("[data-key]")
    if (!picked || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    setTriggerValue("picked", { kind: picked.dataset.kind, key: picked.dataset.key })
  }
  root.onkeydown = (event) => {
    const from = event.target.closest(".tile")
    if (!from || !/^(Arrow(Up|Down|Left|Right)|Home|End)$/.test(event.key)) return
    event.preventDefault()
    event.stopPropagation()
    const to = nextTile(tiles, from, event.key)
    if (!to) return
    for (const tile of to.parentElement.children) tile.tabIndex = -1
    to.tabIndex = 0
    to.focus()
    to.scrollIntoView({ block: "nearest", inline: "nearest" })
  }
  root.ariaBusy = false
}
