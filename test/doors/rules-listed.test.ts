import assert from 'node:assert/strict'
import { test } from 'node:test'
import { open, startAreas } from '../abuse/areas.ts'
import { ask } from '../support/raw-http.ts'

const rules = [
  {
    ...open('priced', 'http://a@b.example/<.*>'),
    mutators: [
      {
        handler: 'hydrator',
        config: {
          api: {
            url: 'https://user:hunter2@store.example/',
            auth: { basic: { username: 'shop', password: 'hunter2' } },
          },
        },
      },
    ],
  },
]
const hydrator = { hydrator: { enabled: true, config: { api: { url: 'https://store.example/' } } } }

for (const shows of [false, true]) {
  test(`rules are listed ${shows ? 'as written if that is configured' : 'without the secrets of their handlers'}`, async t => {
    const serve = { api: { show_secrets_in_rules: shows } }
    const { oarlock } = await startAreas(t, { rules, config: { serve, mutators: hydrator } })
    for (const target of ['/rules', '/rules/priced']) {
      const { text } = await ask(oarlock.api, { target })
      assert.equal(text.includes('hunter2'), shows, text)
      assert.match(text, /"username":"shop"/)
      assert.match(text, /http:\/\/a@b\.example/)
    }
  })
}
