/** The audit with the real npm, against a registry of the test. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { root, temporaryFolder } from '../../support/folder.ts'
import { listen } from '../../support/listen.ts'

interface Ended {
  readonly code: number
  readonly out: string
}

async function audit(t: TestContext, registry: string, ...args: readonly string[]): Promise<Ended> {
  const env = {
    ...process.env,
    npm_config_registry: registry,
    npm_config_cache: temporaryFolder(t),
    npm_config_fetch_retries: '0',
  }
  const child = spawn(process.execPath, ['.ci/audit.mjs', ...args], { cwd: root, env })
  const [out, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  return { code, out: out + errors }
}

/** A registry with these advisories that supports only the requests of npm. */
async function registryWith(t: TestContext, advisories: object): Promise<string> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    if (request.method !== 'POST') {
      response.writeHead(404).end('{}')
      return
    }
    const sent = JSON.parse(String(gunzipSync(Buffer.concat(chunks))))
    names = Object.keys(sent)
    response.writeHead(200, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify(advisories))
  })
  return `http://127.0.0.1:${await listen(t, server)}/`
}
let names: readonly string[] = []

const advisory = {
  id: 1,
  url: 'https://advisories.example/1',
  title: 'a hole',
  severity: 'high',
  vulnerable_versions: '>=0',
  cwe: [],
  cvss: { score: 0, vectorString: null },
}

test('a known vulnerability makes it exit with 1, and is named', async t => {
  const { code, out } = await audit(t, await registryWith(t, { undici: [advisory] }))
  assert.match(out, /^high: undici .*\n1 packages with known vulnerabilities\n$/)
  assert.equal(code, 1)
  assert.ok(names.includes('undici') && !names.includes('typescript'), names.join())
})

test('without a vulnerability it exits with 0', async t => {
  assert.deepEqual(await audit(t, await registryWith(t, {})), {
    code: 0,
    out: '0 packages with known vulnerabilities\n',
  })
})

test('without a registry it reports that, and fails only if REQUIRED=1 is set', async t => {
  const closedPort = 'http://127.0.0.1:1/'
  const expected = 'no audit: npm gave no report\n'
  assert.deepEqual(await audit(t, closedPort), { code: 0, out: expected })
  assert.deepEqual(await audit(t, closedPort, '--required'), { code: 1, out: expected })
})
