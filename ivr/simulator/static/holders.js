// Whose telephone it is: people of the demonstration, or any other number.

import { e164, introduce, nameOf, spaced } from './numbers.js'

/** Let `handset` be taken by whom its list names; `taken(number)` is called when somebody else has it. */
export function attachHolders(handset, storage, taken) {
  const list = handset.part('holder')
  const other = handset.part('other')
  const wrong = handset.part('other-wrong')
  const lines = [...handset.part('line').options].map((option) => option.value)
  const remembered = `holder-${handset.section.dataset.place}`
  for (const option of list.options) {
    if (option.dataset.name) introduce(option.value, option.dataset.name)
  }

  const take = (number) => {
    list.value = number
    other.hidden = true
    storage.setItem(remembered, number)
    taken(number)
  }

  const add = (number) => {
    if ([...list.options].some((option) => option.value === number)) return
    handset.part('typed-holder').before(new Option(spaced(number), number))
  }

  list.addEventListener('change', () => {
    if (list.value) {
      take(list.value)
    } else {
      other.hidden = false
      handset.part('other-number').focus()
    }
  })
  other.addEventListener('submit', (event) => {
    event.preventDefault()
    const number = e164(handset.part('other-number').value)
    const isLine = lines.includes(number)
    wrong.textContent = isLine
      ? 'Ese es un número de la línea.'
      : number
        ? ''
        : 'Escriba 9 cifras, o el número con + y el código del país.'
    if (!number || isLine) return
    add(number)
    take(number)
  })
  other.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return
    event.stopPropagation()
    take(handset.number)
    list.focus()
  })

  const before = storage.getItem(remembered)
  if (before) add(before)
  take(before ?? list.value)
}

/** Nobody holds two telephones: what one has, the other does not offer. */
export function keepApart(handsets) {
  for (const handset of handsets) {
    const others = handsets.filter((one) => one !== handset).map((one) => one.number)
    for (const option of handset.part('holder').options) option.disabled = others.includes(option.value)
    const tab = document.querySelector(`[data-tab-name="${handset.section.dataset.place}"]`)
    tab.textContent = handset.number ? nameOf(handset.number) : `Teléfono ${handset.section.dataset.place}`
  }
}
