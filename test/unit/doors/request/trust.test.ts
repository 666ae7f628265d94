import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unixSocket } from '../../../../src/doors/request/peer.ts'
import { clientAddress, createTrust, privateNetworks } from '../../../../src/doors/request/trust.ts'

const trust = createTrust(privateNetworks)

test('by default loopback and private networks are trusted, other networks are not', () => {
  const inside = [
    '127.0.0.1',
    '::1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.1.1',
    'fe80::1',
    'fc00::1',
  ]
  for (const address of inside) assert.equal(trust(address), true, address)
  const outside = ['8.8.8.8', '172.32.0.1', '100.128.0.1', '2001:db8::1', '0.0.0.0', 'unknown', '']
  for (const address of outside) assert.equal(trust(address), false, address)
})

test('an IPv4-mapped address is checked as IPv4', () => {
  assert.equal(trust('::ffff:10.0.0.1'), true)
  assert.equal(trust('::ffff:8.8.8.8'), false)
})

test('a unix socket is trusted unless the list is empty', () => {
  assert.equal(trust(unixSocket), true)
  assert.equal(createTrust([])(unixSocket), false)
  assert.equal(createTrust([])('127.0.0.1'), false)
})

test('a peer without an address is not trusted', () => {
  assert.equal(trust(undefined), false)
  assert.equal(createTrust(['0.0.0.0/0', '::/0'])(undefined), false)
  assert.equal(clientAddress(undefined, ['1.2.3.4'], trust), undefined)
})

test('a text that is not a network is reported', () => {
  for (const bad of ['10.0.0.0/33', 'x', '10.0.0.0/-1', '::1/129', '10.0.0.0/8/8', '']) {
    assert.throws(
      () => createTrust([bad]),
      error => error instanceof TypeError && error.message.includes(`"${bad}"`),
    )
  }
})

const clients: readonly (readonly [peer: string, forwarded: readonly string[], client: string])[] =
  [
    ['8.8.8.8', ['1.1.1.1'], '8.8.8.8'],
    ['10.0.0.1', [], '10.0.0.1'],
    ['10.0.0.1', ['1.1.1.1'], '1.1.1.1'],
    ['10.0.0.1', ['9.9.9.9, 1.1.1.1'], '1.1.1.1'],
    ['10.0.0.1', ['9.9.9.9', '1.1.1.1, 10.2.2.2'], '1.1.1.1'],
    ['10.0.0.1', ['10.9.9.9, 1.1.1.1'], '1.1.1.1'],
    ['10.0.0.1', ['10.9.9.9'], '10.9.9.9'],
    ['10.0.0.1', ['1.1.1.1:5050'], '1.1.1.1'],
    ['10.0.0.1', ['[2001:db8::1]:80'], '2001:db8::1'],
    ['10.0.0.1', ['1.1.1.1, garbage'], '10.0.0.1'],
    ['10.0.0.1', ['::ffff:1.1.1.1'], '1.1.1.1'],
    ['::ffff:8.8.8.8', [], '8.8.8.8'],
  ]

for (const [peer, forwarded, client] of clients) {
  test(`the client behind ${peer} with ${JSON.stringify(forwarded)} is ${client}`, () =>
    assert.equal(clientAddress(peer, forwarded, trust), client))
}

test('a thousand hops are read up to a bound', () => {
  const hops = Array.from({ length: 1000 }, () => '10.0.0.9').join(',')
  assert.equal(clientAddress('10.0.0.1', [`1.1.1.1,${hops}`], trust), '10.0.0.9')
})
