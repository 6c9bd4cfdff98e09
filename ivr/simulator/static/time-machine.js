// The panel that moves the demonstration's clock. Where nothing answers at /demo/clock it stays hidden.

const EVERY = 20000 // milliseconds between two looks at the clock

export async function attachTimeMachine(panel, now, said) {
  const tell = ({ now: moment }) => {
    // The office's own clock, as the line tells it: shown as it stands, not turned into the visitor's zone.
    const local = new Date(moment.slice(0, 19))
    const day = local.toLocaleDateString('es-CL', { weekday: 'long', day: 'numeric', month: 'long' })
    now.textContent = `${day}, ${moment.slice(11, 16)}`
  }
  const look = async () => {
    const answer = await fetch('/demo/clock').catch(() => null)
    if (answer?.ok) tell(await answer.json())
    return answer?.ok ?? false
  }
  if (!(await look())) return
  panel.hidden = false
  setInterval(look, EVERY)

  const buttons = [...panel.querySelectorAll('[data-step]')]
  panel.addEventListener('click', async ({ target }) => {
    const step = target.closest('[data-step]')?.dataset.step
    if (!step) return
    for (const button of buttons) button.setAttribute('aria-disabled', 'true')
    said.className = 'said'
    said.textContent = 'Un momento…'
    try {
      const answer = await fetch(`/demo/steps/${step}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: '{}',
      })
      const told = await answer.json()
      said.classList.toggle('wrong', !answer.ok)
      said.textContent = answer.ok ? told.said : told.error
      if (answer.ok) tell(told)
    } catch {
      said.classList.add('wrong')
      said.textContent = 'La línea no responde.'
    }
    for (const button of buttons) button.removeAttribute('aria-disabled')
  })
}
