import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maskSecrets } from '../../../src/lib/mask-secrets.ts'

const rows: readonly (readonly [shown: object, masked: object])[] = [
  [
    { api: { auth: { basic: { config: { username: 'u', password: 'p' } } } } },
    { api: { auth: { basic: { config: { username: 'u', password: '***' } } } } },
  ],
  [
    { pre_authorization: { client_id: 'c', client_secret: 's' } },
    { pre_authorization: { client_id: 'c', client_secret: '***' } },
  ],
  [
    { Client_Secret: 's', api_key: 'k', apiKey: 'k', token: 't', password: 7 },
    { Client_Secret: '***', api_key: '***', apiKey: '***', token: '***', password: '***' },
  ],
  [
    { introspection_request_headers: { authorization: 'Basic YTpi', accept: 'x' } },
    { introspection_request_headers: { authorization: '***', accept: 'x' } },
  ],
  [
    { headers: { Authorization: ['Bearer a', 'Bearer b'], 'X-API-Key': 'k' } },
    { headers: { Authorization: ['***', '***'], 'X-API-Key': '***' } },
  ],
  [
    { headers: { Authorization: 'Bearer {{ print .Extra.token }}', 'X-Token': '{{ "fixed" }}' } },
    { headers: { Authorization: 'Bearer {{ print .Extra.token }}', 'X-Token': '***' } },
  ],
  [{ url: 'https://user:p@ss@host/a@b' }, { url: 'https://***@host/a@b' }],
  [
    { jwks_urls: ['inline://eyJrZXlzIjpb', 'https://u:p@h/x'] },
    { jwks_urls: ['inline://***', 'https://***@h/x'] },
  ],
  [
    { token_from: { header: 'X-Session' }, required_scope: ['a'], to: 'https://h/?a@b' },
    { token_from: { header: 'X-Session' }, required_scope: ['a'], to: 'https://h/?a@b' },
  ],
  [
    { secret: { password: 'p', name: 'n' }, password: null, client_secret: '' },
    { secret: { password: '***', name: 'n' }, password: null, client_secret: '' },
  ],
]

for (const [shown, masked] of rows) {
  test(`${JSON.stringify(shown)} is shown without its secrets`, () => {
    assert.deepEqual(maskSecrets(shown as never), masked)
  })
}
