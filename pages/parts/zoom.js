// Zoom and pan of a stage in the browser, without a rerun. All stages that show one picture move together.

const MOST = 12
const STEP = 1.4
const NUDGE = 0.12 // of the stage's side, for an arrow key
const views = new Map() // by the picture's address, for a visit
const stages = new Map() // on the page: the address each shows, and what moves it

const viewOf = (url) => views.get(url) ?? { scale: 1, x: 0, y: 0 }

// x and y are the layer's corner as shares of the stage, which the layer always covers.
const show = (url, { scale, x, y }) => {
  const size = Math.min(Math.max(scale, 1), MOST)
  const inside = (at) => Math.min(Math.max(at, 1 - size), 0)
  views.set(url, { scale: size, x: inside(x), y: inside(y) })
  for (const [stage, other] of stages) {
    if (!stage.isConnected) stages.delete(stage)
    else if (other.url === url) other.move()
  }
}

// The same place of the picture stays under (u, v), shares of the stage.
const zoom = (url, factor, u = 0.5, v = 0.5) => {
  const view = viewOf(url)
  const scale = Math.min(Math.max(view.scale * factor, 1), MOST), grown = scale / view.scale
  show(url, { scale, x: u - (u - view.x) * grown, y: v - (v - view.y) * grown })
}

const pan = (url, right, down) => {
  const view = viewOf(url)
  show(url, { ...view, x: view.x + right, y: view.y + down })
}

const zoomOf = (url, action) => {
  if (action === "in") zoom(url, STEP)
  else if (action === "out") zoom(url, 1 / STEP)
  else if (action === "whole") show(url, { scale: 1, x: 0, y: 0 })
}

// A key goes to the picture that is pointed at, else to the one that has the focus, else to the first.
const zoomByKey = (action) => {
  const there = [...stages.keys()].filter((stage) => stage.isConnected)
  const stage = [":hover", ":focus", "*"].map((state) => there.find((one) => one.matches(state))).find(Boolean)
  if (stage) zoomOf(stages.get(stage).url, action)
}

const arrows = { ArrowLeft: [NUDGE, 0], ArrowRight: [-NUDGE, 0], ArrowUp: [0, NUDGE], ArrowDown: [0, -NUDGE] }

// Makes a stage move its layer; gives what a pointer that moved is handed to, and that says whether it dragged.
const zoomable = (stage, layer, url) => {
  const near = () => viewOf(url).scale > 1
  const move = () => {
    const { scale, x, y } = viewOf(url)
    layer.style.transform = `translate(${100 * x}%, ${100 * y}%) scale(${scale})`
    layer.style.setProperty("--zoom", scale)
    stage.classList.toggle("near", scale > 1)
    stage.dataset.scale = scale.toFixed(2)
  }
  const shares = (x, y) => {
    const area = stage.getBoundingClientRect()
    return [(x - area.left) / area.width, (y - area.top) / area.height]
  }
  stage.onwheel = (event) => {
    const factor = Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002))
    if (factor < 1 && !near()) return // nothing to zoom out of: the page scrolls
    event.preventDefault()
    zoom(url, factor, ...shares(event.clientX, event.clientY))
  }
  stage.ondblclick = () => zoomOf(url, "whole")
  stage.onkeydown = (event) => {
    const step = arrows[event.key]
    if (!step || !near() || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    event.stopPropagation()
    pan(url, ...step)
  }

  const fingers = new Map()
  const middle = () => {
    const [[x, y], [far, low] = [x, y]] = [...fingers.values()]
    return { x: (x + far) / 2, y: (y + low) / 2, spread: Math.hypot(x - far, y - low) }
  }
  stage.onpointerdown = (event) => {
    if (event.button) return
    fingers.set(event.pointerId, [event.clientX, event.clientY])
    if (near()) stage.setPointerCapture(event.pointerId)
  }
  stage.onpointerup = stage.onpointercancel = (event) => fingers.delete(event.pointerId)

  stages.set(stage, { url, move })
  move()
  return (event) => {
    if (!event.buttons) fingers.delete(event.pointerId)
    if (!fingers.has(event.pointerId)) return false
    const before = middle(), area = stage.getBoundingClientRect()
    fingers.set(event.pointerId, [event.clientX, event.clientY])
    const after = middle()
    if (before.spread && after.spread) zoom(url, after.spread / before.spread, ...shares(after.x, after.y))
    pan(url, (after.x - before.x) / area.width, (after.y - before.y) / area.height)
    return near()
  }
}
