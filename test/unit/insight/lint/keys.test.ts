/** Codes about keys and certificates. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAuthority } from '../../../support/certificates.ts'
import { lintFindings, plainRule } from '../../../support/lint.ts'

const ended = createAuthority('old', { days: -1 }).issue('old')
const valid = createAuthority('new').issue('new')
const body = (pem: string): string => pem.replace(/-----[^-]+-----|\s/g, '')
const set = (key: object): string =>
  `inline://${Buffer.from(JSON.stringify({ keys: [{ kid: 'k', ...key }] })).toString('base64')}`
const secret = (bytes: number) => ({ kty: 'oct', k: Buffer.alloc(bytes, 7).toString('base64url') })

const cases: Readonly<Record<string, readonly [location: string, expected: readonly string[]]>> = {
  'a shared key of 128 bits': [set(secret(16)), ['symmetric-key', 'weak-key']],
  'a shared key of 256 bits': [set(secret(32)), ['symmetric-key']],
  'a certificate that has ended': [set({ kty: 'EC', x5c: [body(ended.cert)] }), ['expired-key']],
  'a certificate that is valid': [set({ kty: 'EC', x5c: [body(valid.cert)] }), []],
  'a certificate that is none': [set({ kty: 'EC', x5c: ['x'] }), []],
  'an end before all times': [set({ kty: 'EC', exp: -1e300 }), ['expired-key']],
  'an end that is no number': [set({ kty: 'EC', exp: '0' }), []],
  'a key without members': [set({ kty: 'RSA', n: 1, e: {} }), []],
  'no key set': ['inline://AAAA', []],
  'no such file': ['file:///no/such/file', []],
  'a device': ['file:///dev/zero', []],
}

for (const [what, [location, expected]] of Object.entries(cases)) {
  test(`keys: ${what}`, async t => {
    const config = { mutators: { id_token: { config: { jwks_url: location } } } }
    const rule = plainRule('r', { mutators: [{ handler: 'id_token' }] })
    const codes = (await lintFindings(t, [rule], config)).map(({ code }) => code)
    const own = codes.filter(code => code !== 'secret-in-file')
    assert.deepEqual(own.toSorted(), expected.toSorted())
  })
}

test('certificates of ports', async t => {
  const section = ({ key, cert }: typeof valid) => ({
    key: { base64: Buffer.from(key).toString('base64') },
    cert: { base64: Buffer.from(cert).toString('base64') },
  })
  const config = { serve: { api: { tls: section(ended) }, grpc: { tls: section(valid) } } }
  const found = await lintFindings(t, [plainRule('r')], config)
  assert.deepEqual(
    found.map(({ code, message }) => `${code} ${message.split(':')[0]}`).toSorted(),
    [
      'expired-key serve.api.tls.cert',
      'secret-in-file serve.api.tls.key.base64',
      'secret-in-file serve.grpc.tls.key.base64',
    ],
  )
})
