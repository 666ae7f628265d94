import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalHost } from '../../../../src/doors/request/host.ts'

const hosts: readonly (readonly [raw: string, host: string | undefined])[] = [
  ['example.com', 'example.com'],
  ['ADMIN.Example.COM', 'admin.example.com'],
  ['example.com.', 'example.com'],
  ['Example.com.:8443', 'example.com:8443'],
  ['example.com:443', 'example.com:443'],
  ['example.com:0', 'example.com:0'],
  ['example.com:', 'example.com:'],
  ['a_b.example', 'a_b.example'],
  ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ['[::1]:80', '[::1]:80'],
  ['[2001:DB8::1]', '[2001:db8::1]'],
  ['', ''],
  ['a,b', undefined],
  ['fw.shop.test, other.test', undefined],
  ['a b', undefined],
  ['evil.com/../', undefined],
  ['evil.com\\x', undefined],
  ['"a"', undefined],
  ["a'b", undefined],
  ['user@host', undefined],
  ['x\r\nY: z', undefined],
  ['a\0', undefined],
  ['a?b', undefined],
  ['a#b', undefined],
  ['a%00', undefined],
  ['a:b', undefined],
  ['a:80:90', undefined],
  ['[::1', undefined],
  ['\xff', undefined],
]

for (const [raw, host] of hosts) {
  test(`the host ${JSON.stringify(raw)} is ${host === undefined ? 'refused' : host}`, () =>
    assert.equal(canonicalHost(raw), host))
}
