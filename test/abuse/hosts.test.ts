import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  adminToken,
  bearer,
  exchange,
  guarded,
  host,
  open,
  resultOf,
  startAreas,
  wayNames,
} from './areas.ts'

const hosts = {
  public: 'Public.Example.COM',
  admin: 'Admin.Example.COM',
}

const exact = [
  open('public', `http://${hosts.public}/<.*>`),
  guarded('admin', `http://${hosts.admin}/<.*>`),
  guarded('admin port', 'http://admin.example.com:443/<.*>'),
  open('six', 'http://[::1]:80/<.*>'),
  open('idn', 'http://xn--bcher-kva.example/<.*>'),
]

const spellings: readonly (readonly [host: string, result: string | number])[] = [
  ['admin.example.com', 'admin'],
  ['ADMIN.EXAMPLE.COM', 'admin'],
  ['aDmIn.eXaMpLe.CoM', 'admin'],
  ['admin.example.com.', 'admin'],
  ['PUBLIC.example.com.', 'public'],
  ['admin.example.com..', 404],
  ['.admin.example.com', 404],
  ['admin.example.com:0', 404],
  ['admin.example.com:', 404],
  ['[::1]:80', 'six'],
  ['[::1]', 404],
  ['XN--BCHER-KVA.example', 'idn'],
  ['public.example.com/../', 400],
  ['public.example.com/x', 400],
  ['a b', 400],
  ['"public.example.com"', 400],
  ["public.example.com'", 400],
  ['root@public.example.com', 400],
  ['public.example.com,admin.example.com', 400],
  ['public.example.com, admin.example.com', 400],
  ['public.example.com\\', 400],
  ['public.example.com?', 400],
  ['public.example.com#', 400],
  ['public.example.com%00', 400],
  ['public.example.com:80:80', 400],
  ['[::1', 400],
  ['', 404],
]

test('every spelling of a host matches the same rule, or is denied with 400', async t => {
  const ways = await startAreas(t, { rules: exact })
  for (const [name, result] of spellings) {
    for (const way of wayNames) {
      // An empty X-Forwarded-Host is ignored: the Host of the request is used.
      if (name === '' && way === 'forwarded') continue
      await t.test(`${way}: ${JSON.stringify(name)} is ${result}`, async () =>
        assert.equal(await resultOf(ways[way], { host: name, target: '/x' }), result),
      )
    }
  }

  await t.test('the port is part of the host', async () => {
    for (const way of wayNames) {
      const asked = { host: 'Admin.Example.com.:443', target: '/x', headers: [bearer(adminToken)] }
      assert.equal(await ways[way](asked), 'admin port')
    }
  })

  await t.test('decisions: a host with bytes above ASCII is denied with 400', async () => {
    for (const name of ['b\xfccher.example', 'public.example.com\xff'])
      assert.equal(await resultOf(ways.decisions, { host: name, target: '/' }), 400)
  })

  await t.test(
    'grpc: a host with a line break is denied, and does not appear in the answer',
    async () => {
      const answer = await ways.check({ host: 'x\r\nY: z', path: '/' })
      assert.equal(answer.denied_response?.status?.code, 'BadRequest')
      assert.doesNotMatch(JSON.stringify(answer), /Y: z/)
    },
  )

  await t.test('decisions: two Host headers are denied, even if they are equal', async () => {
    for (const second of [hosts.public, hosts.admin]) {
      const answer = await exchange(
        ways.oarlock.api,
        `GET /decisions/x HTTP/1.1\r\nHost: ${hosts.public}\r\nHost: ${second}\r\nConnection: close\r\n\r\n`,
      )
      assert.match(answer, /^HTTP\/1\.1 400 /)
    }
  })

  await t.test('decisions: the authority of an absolute target is used, not Host', async () => {
    const answer = await exchange(
      ways.oarlock.api,
      `GET http://Admin.example.com/decisions/x HTTP/1.1\r\nHost: ${hosts.public}\r\nConnection: close\r\n\r\n`,
    )
    assert.match(answer, /^HTTP\/1\.1 401 /)
  })

  await t.test('grpc: only the host field is used', async () => {
    const headers = { host: hosts.public, ':authority': hosts.public, Host: hosts.public }
    const answer = await ways.check({ host: hosts.admin, path: '/x', headers })
    assert.equal(answer.denied_response?.status?.code, 'Unauthorized')
  })
})

test('case does not matter with hundreds of hosts, nor in regular expressions over them', async t => {
  const many = Array.from({ length: 300 }, (_, i) =>
    open(`host ${i}`, `http://Host-${i}.Example.com/<.*>`),
  )
  const ways = await startAreas(t, {
    rules: [...many, guarded('admin', 'http://<[a-z]+>.Wild.example.com/<.*>')],
  })
  for (const way of wayNames) {
    await t.test(way, async () => {
      for (const i of [0, 42, 299]) {
        assert.equal(
          await resultOf(ways[way], { host: `hOST-${i}.example.COM`, target: '/' }),
          `host ${i}`,
        )
      }
      assert.equal(
        await resultOf(ways[way], { host: 'ANY.WILD.EXAMPLE.COM', target: '/' }),
        'admin',
      )
    })
  }
})

test('case does not matter in globs', async t => {
  const ways = await startAreas(t, {
    config: { access_rules: { matching_strategy: 'glob' } },
    rules: [
      guarded('admin', 'http://<*>.Example.COM/<**>'),
      open('public', 'http://Public.org/<**>'),
    ],
  })
  for (const way of wayNames) {
    await t.test(way, async () => {
      assert.equal(
        await resultOf(ways[way], { host: 'ADMIN.example.com', target: '/a/b' }),
        'admin',
      )
      assert.equal(await resultOf(ways[way], { host: 'PUBLIC.ORG.', target: '/a/b' }), 'public')
    })
  }
})

test('methods match in any case and cannot be overridden', async t => {
  const rules = [
    open('read', `http://${host}/a`, ['GET']),
    guarded('admin', `http://${host}/a`, ['POST', 'DELETE']),
  ]
  const ways = await startAreas(t, { rules })
  for (const way of wayNames) {
    await t.test(`${way}: the method of the request is used`, async () => {
      assert.equal(await resultOf(ways[way], { target: '/a' }), 'read')
      assert.equal(await resultOf(ways[way], { target: '/a', method: 'DELETE' }), 'admin')
      for (const method of ['HEAD', 'OPTIONS', 'PUT', 'PURGE'])
        assert.equal(await resultOf(ways[way], { target: '/a', method }), 404, method)
    })
    await t.test(`${way}: method override headers are ignored`, async () => {
      const headers = [
        ['X-HTTP-Method-Override', 'GET'],
        ['X-Method-Override', 'GET'],
        ['X-HTTP-Method', 'GET'],
      ] as const
      assert.equal(await resultOf(ways[way], { target: '/a', method: 'POST', headers }), 'admin')
    })
  }
  for (const way of ['forwarded', 'grpc'] as const) {
    await t.test(
      `${way}: a method in another case matches, a method with a space does not`,
      async () => {
        assert.equal(await resultOf(ways[way], { target: '/a', method: 'get' }), 'read')
        assert.equal(await resultOf(ways[way], { target: '/a', method: 'pOsT' }), 'admin')
        for (const method of ['GET POST', 'G(E)T', 'GET/'])
          assert.equal(await resultOf(ways[way], { target: '/a', method }), 400, method)
        assert.equal(await resultOf(ways[way], { target: '/a', method: 'FOO' }), 404)
      },
    )
  }
  await t.test('decisions: a method that is not valid is denied with 400', async () => {
    for (const method of ['get', 'FOO', 'G\tET', ' GET'])
      assert.equal(await resultOf(ways.decisions, { target: '/a', method }), 400, method)
  })
})

test('only http and https are schemes, in lower case', async t => {
  const rules = [open('http', `http://${host}/a`), guarded('admin', `https://${host}/a`)]
  const ways = await startAreas(t, { rules })
  const odd = ['HTTPS', 'evil', 'https,http', 'https, http', ' https x', 'ftp']
  await t.test('grpc: other schemes are denied with 400', async () => {
    assert.equal(await resultOf(ways.grpc, { target: '/a', scheme: 'https' }), 'admin')
    for (const scheme of [...odd, '', 'ws', 'http://x'])
      assert.equal(await resultOf(ways.grpc, { target: '/a', scheme }), 400, scheme)
  })
  await t.test('forwarded: other schemes match no rule', async () => {
    assert.equal(await resultOf(ways.forwarded, { target: '/a', scheme: 'https' }), 'admin')
    for (const scheme of odd)
      assert.equal(await resultOf(ways.forwarded, { target: '/a', scheme }), 404, scheme)
    for (const scheme of ['http://public', 'http:', 'http/'])
      assert.equal(await resultOf(ways.forwarded, { target: '/a', scheme }), 400, scheme)
  })
  await t.test(
    'forwarded: a WebSocket handshake (ws, wss) matches rules as http or https',
    async () => {
      assert.equal(await resultOf(ways.forwarded, { target: '/a', scheme: 'wss' }), 'admin')
      assert.equal(await resultOf(ways.forwarded, { target: '/a', scheme: 'ws' }), 'http')
    },
  )
})
