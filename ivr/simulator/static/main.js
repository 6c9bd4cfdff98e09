// The page: two telephones, who holds them, and which of them the keyboard belongs to.

import { Carrier, Watch } from './carrier.js'
import { attachDialPad } from './dial-pad.js'
import { Handset } from './handset.js'
import { attachHolders, keepApart } from './holders.js'
import { attachKeyboard } from './keyboard.js'
import { introduce } from './numbers.js'
import { attachTimeMachine } from './time-machine.js'
import { wake } from './tones.js'

const { telephones, publicUrl } = document.body.dataset
const find = (selector) => document.querySelector(selector)
const storage = sessionStorage // a reload keeps who holds the telephones, another tab begins anew

for (const { value, dataset } of document.querySelectorAll('data[data-known]')) introduce(value, dataset.known)

const carrier = new Carrier(telephones)
const trouble = find('[data-part=trouble]')
const watch = new Watch(carrier, (message) => {
  trouble.textContent = message
  trouble.hidden = !message
})

const handsets = {
  all: [],
  active: null,
  activate(handset) {
    this.active = handset
    document.body.dataset.shown = handset.section.dataset.place
    for (const one of this.all) one.section.classList.toggle('active', one === handset)
    for (const tab of document.querySelectorAll('[data-show]')) {
      tab.setAttribute('aria-pressed', String(tab.dataset.show === handset.section.dataset.place))
    }
  },
}

/** A telephone's state is another: what the rest of the page shows of it. */
function changed(handset) {
  handset.offerRedial?.()
  find(`[data-show="${handset.section.dataset.place}"]`).dataset.state = handset.state
  const ringing = handsets.all.find((one) => one.state === 'ringing')
  document.title = ringing ? '☎ Suena el teléfono · Postventa' : 'Teléfono · Postventa'
  find('[data-part=unheard]').hidden = !handsets.all.some((one) => one.unheard)
}

for (const section of document.querySelectorAll('.handset')) {
  const handset = new Handset(section, carrier, { publicUrl, changed })
  handsets.all.push(handset)
  attachDialPad(handset, storage)
  for (const event of ['focusin', 'pointerdown']) section.addEventListener(event, () => handsets.activate(handset))
}
for (const handset of handsets.all) {
  attachHolders(handset, storage, (number) => {
    if (number === handset.number) return
    handset.become(number)
    watch.follow(handset, number, (events, when) => handset.take(events, when))
    keepApart(handsets.all)
  })
}
handsets.activate(handsets.all[0])

for (const tab of document.querySelectorAll('[data-show]')) {
  tab.addEventListener('click', () => handsets.activate(handsets.all[tab.dataset.show - 1]))
}

/** A switch of the page, remembered; `turned` is told how it stands now. */
function attachSwitch(name, turned = () => {}) {
  const button = find(`[data-switch=${name}]`)
  const isOn = () => button.getAttribute('aria-checked') === 'true'
  const set = (on) => {
    button.setAttribute('aria-checked', String(on))
    storage.setItem(`switch-${name}`, on ? 'on' : 'off')
    turned(on)
  }
  button.addEventListener('click', () => set(!isOn()))
  set(storage.getItem(`switch-${name}`) !== 'off')
  return isOn
}

attachKeyboard(handsets, attachSwitch('keyboard'))
attachSwitch('speech', (on) => {
  for (const handset of handsets.all) handset.voice.speaks = on
})
for (const event of ['pointerdown', 'keydown']) {
  document.addEventListener(event, () => {
    wake()
    for (const handset of handsets.all) if (handset.state === 'ringing') handset.tones.ring()
    find('[data-part=unheard]').hidden = true
  }, { once: true })
}
attachTimeMachine(find('[data-part=machine]'), find('[data-part=machine-now]'), find('[data-part=machine-said]'))
watch.run()
