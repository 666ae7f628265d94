/** What `helm test` runs in the cluster, from the rendered chart. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { run } from '../../src/cli/run.ts'
import { temporaryFolder } from '../support/folder.ts'
import { type Manifest, manifestsIn, read } from './manifests.ts'

interface Pod {
  readonly spec: {
    readonly containers: readonly {
      readonly args: readonly string[]
      readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
    }[]
    readonly volumes: readonly { readonly name: string; readonly configMap?: { name: string } }[]
  }
}

/** Writes the mounted files of the test pod, and runs its command. `change` gets each file. */
async function runTestPod(t: TestContext, change: (name: string, text: string) => string) {
  const manifests = manifestsIn(read('helm/rendered/tests.yaml'))
  const isTest = ({ kind, metadata }: Manifest) => kind === 'Pod' && /-rules$/.test(metadata.name)
  const { containers, volumes } = (manifests.find(isTest) as unknown as Pod).spec
  const [container] = containers
  const mounts = container?.volumeMounts ?? []
  assert.ok(mounts.length >= 3)
  const folder = temporaryFolder(t)
  const local = (text: string): string =>
    mounts.reduce((all, { name, mountPath }) => {
      const rest = new RegExp(`${mountPath}(?=/)`, 'g')
      return all.replace(rest, join(folder, name))
    }, text)
  for (const { name } of mounts) {
    mkdirSync(join(folder, name))
    const map = volumes.find(volume => volume.name === name)?.configMap?.name
    const data = manifests.find(one => one.kind === 'ConfigMap' && one.metadata.name === map)?.data
    for (const [file, text] of Object.entries(data ?? {})) {
      writeFileSync(join(folder, name, file), local(change(file, text)))
    }
  }
  let printed = ''
  const print = (text: string): void => {
    printed += text
  }
  const code = await run((container?.args ?? []).map(local), { out: print, err: print })
  return { code, printed }
}

test('`helm test` runs the tests of the values with the mounted configuration and rules', async t => {
  const passed = await runTestPod(t, (_, text) => text)
  assert.equal(passed.code, 0, passed.printed)
  assert.match(passed.printed, /2 passed, 0 failed/)
  const failed = await runTestPod(t, (name, text) =>
    name === 'rules.yaml' ? text.replaceAll('GET', 'PUT') : text,
  )
  assert.equal(failed.code, 4, failed.printed)
})

type Labels = Readonly<Record<string, string>>

interface Selecting {
  readonly selector: Labels
  readonly ingress: readonly {
    readonly from: readonly { readonly podSelector?: { readonly matchLabels: Labels } }[]
    readonly ports: readonly { readonly port: number }[]
  }[]
}

const selects = (selector: Labels, { metadata }: Manifest): boolean =>
  Object.entries(selector).every(([name, value]) => metadata.labels?.[name] === value)

test('pods of `helm test` get no request of a service, and may ask the API port', () => {
  const manifests = manifestsIn(read('helm/rendered/tests.yaml'))
  const of = (wanted: string): readonly Manifest[] =>
    manifests.filter(({ kind }) => kind === wanted)
  const specs = (wanted: string): readonly Selecting[] =>
    of(wanted).map(one => (one as unknown as { spec: Selecting }).spec)
  assert.deepEqual([of('Pod').length, of('Service').length], [2, 2])
  for (const pod of of('Pod')) {
    assert.ok(
      specs('Service').every(({ selector }) => !selects(selector, pod)),
      pod.metadata.name,
    )
    const admitting = specs('NetworkPolicy')
      .flatMap(({ ingress }) => ingress)
      .filter(({ ports }) => ports.some(({ port }) => port === 4456))
      .flatMap(({ from }) => from)
    assert.ok(
      admitting.some(({ podSelector }) => podSelector && selects(podSelector.matchLabels, pod)),
      pod.metadata.name,
    )
  }
})
