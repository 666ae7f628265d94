/** Inside another program, Oarlock does not set V8 flags unless the program asks for it. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { root, temporaryFolder } from '../support/folder.ts'

interface Seen {
  /** What the package passed to `setFlagsFromString`. */
  readonly flags: readonly string[]
  /** Whether the program's own code can use the syntax that one of the flags enables. */
  readonly linear: boolean
  readonly natives: boolean
  readonly status: number
}

/** A program that records flags, imports the package and answers a request of a rule with a pattern. */
const host = (file: string, options: string): string => `
import v8 from 'node:v8'
import { syncBuiltinESMExports } from 'node:module'
const flags = []
const set = v8.setFlagsFromString
v8.setFlagsFromString = flag => { flags.push(flag); set(flag) }
syncBuiltinESMExports()
const { createAuthorizer } = await import('oarlock/express')
await import('oarlock/lambda')
const { middleware, close } = await createAuthorizer({ config: [${JSON.stringify(file)}], watch: false${options} })
const { createServer } = await import('node:http')
const server = createServer((q, r) => middleware(q, r, () => r.end('in'))).listen(0, '127.0.0.1')
await new Promise(resolve => server.once('listening', resolve))
const { status } = await fetch('http://127.0.0.1:' + server.address().port + '/orders/7')
const works = text => { try { new Function(text); return true } catch { return false } }
console.log(JSON.stringify({ flags, linear: works("/a/l"), natives: works('%IsSmi(1)'), status }))
server.close()
await close()
`

function seen(t: TestContext, options = ''): Seen {
  const folder = temporaryFolder(t)
  const rule = {
    id: 'orders',
    match: { url: 'http://<.*>/orders/<[0-9]+>', methods: ['GET'] },
    authenticators: [{ handler: 'anonymous' }],
    authorizer: { handler: 'allow' },
    mutators: [{ handler: 'noop' }],
  }
  const config = {
    authenticators: { anonymous: { enabled: true } },
    authorizers: { allow: { enabled: true } },
    mutators: { noop: { enabled: true } },
    access_rules: { repositories: [`file://${join(folder, 'rules.json')}`] },
  }
  writeFileSync(join(folder, 'rules.json'), JSON.stringify([rule]))
  const file = join(folder, 'oarlock.json')
  writeFileSync(file, JSON.stringify(config))
  const args = ['--input-type=module', '--eval', host(file, options)]
  const printed = execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
  return JSON.parse(printed.trim().split('\n').at(-1) ?? '') as Seen
}

test('importing the package, making an authorizer and answering a request set no flag', t => {
  assert.deepEqual(seen(t), { flags: [], linear: false, natives: false, status: 200 })
})

test('on demand the flags are those of the server, and the syntax for natives is disabled again', t => {
  const { flags, linear, natives, status } = seen(t, ', v8Flags: true')
  assert.ok(flags.includes('--enable-experimental-regexp-engine-on-excessive-backtracks'))
  assert.deepEqual({ linear, natives, status }, { linear: true, natives: false, status: 200 })
})
