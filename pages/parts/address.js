// What is moved in the browser becomes part of the link, without a rerun, where it is not as at first.

// `first`, with what the link says in place of a number or a yes or no of it.
const fromLink = (first) => {
  const link = new URLSearchParams(location.search)
  const said = (name, usual) => {
    if (typeof usual === "boolean") return { true: true, false: false }[link.get(name)] ?? usual
    const value = Number.parseFloat(link.get(name))
    return Number.isFinite(value) ? value : usual
  }
  return Object.fromEntries(Object.entries(first).map(([name, usual]) => [name, said(name, usual)]))
}

// Browsers refuse to write the link for every pixel a slider moves, so it waits until the slider rests.
let pending
const toLink = (chosen, first) => {
  const page = location.pathname
  clearTimeout(pending)
  pending = setTimeout(() => page === location.pathname && write(chosen, first), 200)
}

const write = (chosen, first) => {
  const link = new URL(location.href)
  for (const [name, usual] of Object.entries(first)) {
    const value = chosen[name] === usual ? null : String(chosen[name])
    if (value === link.searchParams.get(name)) continue
    if (value === null) link.searchParams.delete(name)
    else link.searchParams.set(name, value)
  }
  if (link.href !== location.href) history.replaceState(history.state, "", link)
}
