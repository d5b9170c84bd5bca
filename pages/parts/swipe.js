// Two pictures of one frame; a handle says how much of each is seen. address.js, put before this, keeps it in the link.

const STEP = 5 // percent an arrow key moves the handle
const AT_FIRST = { seen: 50 }
let at = fromLink(AT_FIRST).seen // percent of the first picture that is seen; kept for a visit

const toOf = (key) =>
  ({ ArrowLeft: at - STEP, ArrowDown: at - STEP, ArrowRight: at + STEP, ArrowUp: at + STEP, Home: 0, End: 100 })[key]

export default function ({ data, parentElement }) {
  const find = (name) => parentElement.querySelector(`.${name}`)
  const [stage, before, after, handle] = ["stage", "before", "after", "handle"].map(find)
  const [left, top, width, height] = data.crop.map((share) => `${100 * share}%`)

  stage.style.setProperty("--shape", data.size[0] / data.size[1])
  Object.assign(before, { src: data.before.url, alt: data.before.alt })
  Object.assign(before.style, { left: `calc(-1 * ${left})`, top: `calc(-1 * ${top})`, width, height })
  Object.assign(after, { src: data.after.url, alt: data.after.alt })
  find("left").textContent = data.before.name
  find("right").textContent = data.after.name
  handle.setAttribute("aria-label", `How much of ${data.before.name} is seen, the rest ${data.after.name}`)

  const move = (to) => {
    at = Math.min(Math.max(to, 0), 100)
    toLink({ seen: Math.round(at) }, AT_FIRST)
    stage.style.setProperty("--at", `${at}%`)
    handle.setAttribute("aria-valuenow", Math.round(at))
    handle.setAttribute("aria-valuetext", `${Math.round(at)}% ${data.before.name}`)
  }
  const follow = (event) => {
    const area = stage.getBoundingClientRect()
    move((100 * (event.clientX - area.left)) / area.width)
  }
  stage.onpointerdown = (event) => {
    if (event.button) return
    stage.setPointerCapture(event.pointerId)
    handle.focus({ preventScroll: true, focusVisible: false })
    follow(event)
  }
  stage.onpointermove = (event) => {
    if (stage.hasPointerCapture(event.pointerId)) follow(event)
  }
  handle.onkeydown = (event) => {
    const to = toOf(event.key)
    if (to === undefined) return
    event.preventDefault()
    event.stopPropagation()
    move(to)
  }
  move(at)
  find("swipe").ariaBusy = false
}
