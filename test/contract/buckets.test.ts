/** The real SDKs against recorded answers of the emulators; `make test-buckets` runs the emulators themselves. */
import assert from 'node:assert/strict'
import { after, type TestContext, test } from 'node:test'
import { LightSignal } from '../../src/lib/signal.ts'
import { createHttp, type Http } from '../../src/outbound/http.ts'
import { createRepository, everything } from '../../src/rules/loading/repository.ts'
import { sourceOf } from '../../src/rules/loading/source.ts'
import { azureKey, bucketServices, startEmulator } from '../support/bucket-services.ts'
import { recordedServer } from '../support/recorded-server.ts'

process.env['AWS_ACCESS_KEY_ID'] = 'AKIDEXAMPLE'
process.env['AWS_SECRET_ACCESS_KEY'] = 'hush-aws'
process.env['AZURE_STORAGE_KEY'] = azureKey

function client(t: TestContext): Http {
  const http = createHttp({ timeout: 2000, concurrent: 4, bytes: 1000 })
  t.after(() => http.close())
  return http
}

const statuses = {
  s3: { first: [200], same: [304], changed: [200] },
  azblob: { first: [200], same: [304], changed: [200] },
  // The first request of a pair reads the object's metadata.
  gs: { first: [200, 200], same: [200], changed: [200, 200] },
} as const

for (const name of ['s3', 'gs', 'azblob'] as const) {
  const service = bucketServices[name]
  const emulator = startEmulator({ after }, service)
  const put = async (key: string, text: string): Promise<unknown> => {
    const origin = await emulator
    return origin && service.put(origin, key, text)
  }

  test(`${name}: rules are read; an unchanged object is not read again, a changed one is`, async t => {
    const { origin, exchanges } = await recordedServer(t, `${name} changes`, await emulator)
    const repository = createRepository({ http: client(t) })
    const locations = [service.location(origin, 'team%20a/rules.yaml')]
    const load = async () => {
      const before = exchanges.length
      await repository.read(locations, { which: everything })
      const { definitions, reports } = repository.loaded(locations)
      return {
        ids: definitions.map(({ id }) => id),
        problem: reports[0]?.problem,
        statuses: exchanges.slice(before).map(({ status }) => status),
      }
    }
    const { first, same, changed } = statuses[name]
    await put('team a/rules.yaml', '- {id: a}\n')
    assert.deepEqual(await load(), { ids: ['a'], problem: undefined, statuses: first })
    assert.deepEqual(await load(), { ids: ['a'], problem: undefined, statuses: same })
    await put('team a/rules.yaml', '- {id: b}\n- {id: c}\n')
    assert.deepEqual(await load(), { ids: ['b', 'c'], problem: undefined, statuses: changed })
  })

  test(`${name}: a missing object is reported, and not requested again`, async t => {
    const { origin, exchanges } = await recordedServer(t, `${name} missing`, await emulator)
    await put('there.json', '[]')
    const source = sourceOf(service.location(origin, 'missing.json'), { http: client(t) })
    const signal = new LightSignal()
    const read = await source.read({ version: undefined, retry: true, signal })
    assert.ok(read.kind === 'unavailable')
    assert.match(read.message, /^answered with 404: /)
    assert.equal(exchanges.length, 1)
  })

  test(`${name}: an empty object has no rules`, async t => {
    const { origin } = await recordedServer(t, `${name} empty`, await emulator)
    await put('empty.yaml', '')
    const source = sourceOf(service.location(origin, 'empty.yaml'), { http: client(t) })
    const signal = new LightSignal()
    const read = await source.read({ version: undefined, retry: false, signal })
    assert.ok(read.kind === 'documents')
    assert.equal(read.documents[0]?.bytes.length, 0)
  })
}
