// Pictures that change together as one slider moves. address.js, put before this, keeps its place in the link.

const places = new Map() // where each slider stands, for a visit: its element may be made anew
let said = fromLink({ place: NaN }).place // of the slider that the link was made of: the first to be drawn

export default function ({ data, parentElement }) {
  const find = (selector) => parentElement.querySelector(selector)
  const root = find(".reels"), slider = find("input")
  const content = JSON.stringify([data.slider, data.start, data.notes, data.reels.map((reel) => [reel.title, reel.urls[0]])])
  if (root.shown === content) return
  root.shown = content

  const pictures = data.reels.map((reel) => {
    const figure = document.createElement("figure"), words = document.createElement("figcaption")
    const picture = document.createElement("img")
    words.textContent = reel.title
    figure.append(words, picture)
    return picture
  })
  root.replaceChildren(...pictures.map((picture) => picture.parentElement))
  find(".what").textContent = data.slider
  slider.max = data.notes.length - 1
  if (!places.has(content)) {
    places.set(content, Number.isNaN(said) ? data.start : said)
    said = NaN
  }
  slider.value = places.get(content)

  const show = () => {
    const place = Number(slider.value)
    places.set(content, place)
    toLink({ place }, { place: data.start })
    find(".note").textContent = data.notes[place]
    slider.setAttribute("aria-valuetext", data.notes[place])
    data.reels.forEach((reel, i) => {
      pictures[i].src = reel.urls[place]
      pictures[i].alt = `${reel.title}. ${data.notes[place]}`
    })
  }
  slider.oninput = show
  slider.onkeydown = (event) => event.stopPropagation()
  show()
  root.ariaBusy = false
}
