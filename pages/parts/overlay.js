// A small map, enlarged as the paper enlarges it (bilinear), coloured, and laid over its picture.
// zoom.js, put before this, moves them; address.js keeps what is chosen in the link.

const SIDE = 320 // pixels of the enlarged map's longer side; the browser smooths the rest
// Colours end at half the view's scale for each step of `contrast`.
const AT_FIRST = { change: false, shown: true, opacity: 75, threshold: 15, contrast: 0, outlines: true }
const chosen = fromLink(AT_FIRST) // for a visit
const overlays = new Map() // stages on the page, each with what draws it anew

const decode = (text) => new Float32Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer)

// Weak to strong. A picture looks the same by day and by night, and so does what lies over it.
const TYPICAL = [[236, 158, 123], [222, 106, 67], [193, 62, 31], [140, 35, 13]]
const ATYPICAL = [[123, 174, 215], [63, 131, 190], [31, 95, 153], [18, 63, 107]]

// The colour of a share of the scale, from -1 to 1: clear at zero, ever stronger away from it.
const colourOf = (share) => {
  const colours = share < 0 ? ATYPICAL : TYPICAL
  const strength = Math.min(Math.abs(share), 1)
  const at = strength * (colours.length - 1)
  const low = Math.min(Math.floor(at), colours.length - 2)
  const mix = colours[low].map((value, i) => value + (colours[low + 1][i] - value) * (at - low))
  return [...mix, 255 * Math.min(1, strength * 1.6)]
}

const enlarge = (values, width, height) => {
  const factor = SIDE / Math.max(width, height)
  const [wide, high] = [Math.round(width * factor), Math.round(height * factor)]
  const large = new Float32Array(wide * high)
  const along = (i, from, to) => Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1)
  for (let y = 0; y < high; y++) {
    const v = along(y, height, high), top = Math.floor(v), bottom = Math.min(top + 1, height - 1)
    for (let x = 0; x < wide; x++) {
      const u = along(x, width, wide), left = Math.floor(u), right = Math.min(left + 1, width - 1)
      const row = (r) => values[r * width + left] * (1 - u + left) + values[r * width + right] * (u - left)
      large[y * wide + x] = row(top) * (1 - v + top) + row(bottom) * (v - top)
    }
  }
  return { values: large, width: wide, height: high }
}

const paint = (canvas, large, scale, threshold) => {
  Object.assign(canvas, { width: large.width, height: large.height })
  const context = canvas.getContext("2d")
  const image = context.createImageData(large.width, large.height)
  large.values.forEach((value, i) => {
    const share = value / scale
    if (Math.abs(share) >= threshold) image.data.set(colourOf(share), 4 * i)
  })
  context.putImageData(image, 0, 0)
}

const number = (value) => {
  const digits = value === 0 ? 3 : Math.min(Math.max(2 - Math.floor(Math.log10(Math.abs(value))), 0), 6)
  return (value > 0 ? "+" : "") + value.toFixed(digits).replace("-", "\u2212")
}

const place = (element, [left, top, width, height]) =>
  Object.assign(element.style, {
    left: `${100 * left}%`, top: `${100 * top}%`, width: `${100 * width}%`, height: `${100 * height}%`,
  })

// A closed line, light on dark, so that it shows on any picture.
const outlinesOf = (corners) =>
  ["under", ""].map((name) => {
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path")
    line.setAttribute("class", name)
    line.setAttribute("d", `M${corners.map(([x, y]) => `${x} ${y}`).join("L")}Z`)
    return line
  })

const redraw = () => {
  for (const [stage, draw] of overlays) stage.isConnected ? draw() : overlays.delete(stage)
}

document.addEventListener("typiscope-key", ({ detail }) => {
  if (detail !== "overlay") return zoomByKey(detail)
  chosen.shown = !chosen.shown
  redraw()
})

const legend = (find, label, kind, scale) => {
  const from = kind === "change" ? 0 : -1
  const bar = find("ramp").getContext("2d")
  for (let x = 0; x < 256; x++) {
    const share = from + ((1 - from) * x) / 255
    const [r, g, b, a] = colourOf(share)
    bar.clearRect(x, 0, 1, 1)
    bar.fillStyle = `rgba(${r}, ${g}, ${b}, ${Math.abs(share) < chosen.threshold / 100 ? 0 : a / 255})`
    bar.fillRect(x, 0, 1, 1)
  }
  find("least").textContent = kind === "change" ? "0" : number(-scale)
  find("most").textContent = number(scale)
  find("cut").hidden = kind === "change"
  find("words").textContent =
    kind === "change"
      ? `Change map: how much the label alters the denoiser's answer, for better or worse.`
      : `T: knowing \u201c${label}\u201d makes removing noise harder (left) or easier (right). Same colours in all pictures of this view.`
}

// The controls say what is chosen for all overlays, and change it for all.
const controls = (find, root) => {
  for (const name of ["opacity", "threshold", "contrast"]) {
    const slider = find(name)
    slider.value = chosen[name]
    chosen[name] = Number(slider.value) // within its ends, whatever a link says
    slider.onkeydown = (event) => event.stopPropagation()
    slider.oninput = () => {
      chosen[name] = Number(slider.value)
      redraw()
    }
  }
  for (const name of ["outlines", "shown"]) {
    find(name).checked = chosen[name]
    find(name).onchange = (event) => {
      chosen[name] = event.target.checked
      redraw()
    }
  }
  for (const button of root.querySelectorAll("[data-kind]")) {
    const change = button.dataset.kind === "change"
    button.setAttribute("aria-checked", change === chosen.change)
    button.onclick = () => {
      chosen.change = change
      redraw()
    }
  }
}

const tipOver = (stage, map, tip, words, event) => {
  const area = map.getBoundingClientRect(), here = stage.getBoundingClientRect()
  const x = (event.clientX - area.left) / area.width, y = (event.clientY - area.top) / area.height
  tip.hidden = !(x >= 0 && x < 1 && y >= 0 && y < 1)
  if (tip.hidden) return
  tip.textContent = words(({ values, width, height }) => values[Math.floor(y * height) * width + Math.floor(x * width)])
  const left = Math.min(Math.max(event.clientX - here.left, tip.offsetWidth / 2), here.width - tip.offsetWidth / 2)
  Object.assign(tip.style, { left: `${left}px`, top: `${event.clientY - here.top}px` })
  tip.classList.toggle("below", event.clientY - here.top < 48)
}

export default function ({ data, parentElement }) {
  const find = (name) => parentElement.querySelector(`.${name}`)
  const [stage, picture, map, tip] = ["stage", "picture", "map", "tip"].map(find)
  const { maps, label } = data

  stage.style.setProperty("--shape", data.size[0] / data.size[1])
  stage.setAttribute("aria-label", `${data.alt}: plus and minus zoom, the arrows then move it, 0 shows all of it`)
  Object.assign(picture, { src: data.url, alt: data.alt })
  find("overlay").classList.toggle("bare", !maps)
  find("overlay").classList.toggle("small", data.small)
  find("switch").hidden = !(data.boxes.length || data.marks.length)
  find("outlined").textContent = data.marks.length ? "Marked" : "Patches"
  find("marks").replaceChildren(...data.marks.flatMap(outlinesOf))
  find("boxes").replaceChildren(
    ...data.boxes.map((box) => {
      const outline = document.createElement("i")
      place(outline, box)
      return outline
    }),
  )

  const dragged = zoomable(stage, find("layer"), data.url)
  for (const button of parentElement.querySelectorAll("[data-zoom]")) {
    button.onclick = () => zoomOf(data.url, button.dataset.zoom)
  }
  const small = maps && {
    typicality: decode(maps.typicality.values),
    change: maps.change && decode(maps.change.values),
    error: maps.error && decode(maps.error),
  }
  const drawn = () => (chosen.change && maps.change ? "change" : "typicality")
  const large = {}
  const enlarged = (kind) => (large[kind] ??= enlarge(small[kind], maps.width, maps.height))

  const draw = () => {
    controls(find, parentElement)
    toLink(chosen, AT_FIRST)
    find("boxes").hidden = !chosen.outlines
    find("marks").toggleAttribute("hidden", !chosen.outlines)
    if (!maps) return
    const { opacity, threshold, contrast, shown } = chosen, kind = drawn()
    const scale = maps[kind].scale / 2 ** contrast
    paint(map, enlarged(kind), scale, threshold / 100)
    map.style.opacity = shown ? opacity / 100 : 0
    legend(find, label, kind, scale)
  }
  if (maps) place(map, maps.bounds)
  overlays.set(stage, draw)
  draw()

  const words = (at) => {
    const T = at(enlarged("typicality")), margin = maps.error ? 1.96 * at(enlarged("error")) : NaN
    return drawn() === "change"
      ? `change ${number(at(enlarged("change"))).slice(1)}`
      : `T ${number(T)}` + (Number.isNaN(margin) ? "" : `  (95%: ${number(T - margin)} to ${number(T + margin)})`)
  }
  stage.onpointerleave = () => (tip.hidden = true)
  stage.onpointermove = (event) => {
    if (dragged(event) || !maps) tip.hidden = true
    else tipOver(stage, map, tip, words, event)
  }
  find("overlay").ariaBusy = false
}
