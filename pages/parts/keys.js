// The keys a page knows. `?` lists them; those with a name are told to whatever listens for them.

let keys = [] // of the page in view
let dialog = null

const typing = (event) => {
  const [target] = event.composedPath()
  return Boolean(target.closest?.("input:not([type=range], [type=checkbox]), textarea, select, [contenteditable=true]"))
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event)) return
  if (event.key === "?" && dialog?.isConnected) {
    event.preventDefault()
    dialog.open ? dialog.close() : dialog.showModal()
    return
  }
  const known = keys.find(({ name, keys }) => name && keys.some((key) => key.toLowerCase() === event.key.toLowerCase()))
  if (!known || dialog?.open) return
  event.preventDefault()
  document.dispatchEvent(new CustomEvent("typiscope-key", { detail: known.name }))
})

const make = (tag, text, ...inside) => {
  const element = document.createElement(tag)
  element.textContent = text
  element.append(...inside)
  return element
}

export default function ({ data, parentElement }) {
  dialog = parentElement.querySelector(".list")
  keys = data.keys
  parentElement.querySelector(".keys").replaceChildren(
    ...keys.flatMap(({ keys, does }) => [make("dt", "", ...keys.map((key) => make("kbd", key))), make("dd", does)]),
  )
  parentElement.querySelector(".opener").onclick = () => dialog.showModal()
  dialog.onclick = (event) => {
    if (event.target === dialog) dialog.close() // beside it, on the backdrop
  }
  parentElement.querySelector(".opener").ariaBusy = false
}
