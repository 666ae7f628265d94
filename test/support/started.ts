/** A whole server in this process, with rules from a file and free ports. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { start } from '../../src/app/start.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Cleanup } from './cleanup.ts'
import { temporaryFolder } from './folder.ts'

export interface Started {
  readonly api: number
  readonly proxy: number
  readonly grpc: string
}

/** `serve` is filled in. Fails when the configuration is not valid. */
export async function startHere(
  t: Cleanup,
  config: Readonly<Record<string, unknown>>,
  rules: readonly object[],
): Promise<Started> {
  const folder = temporaryFolder(t)
  const write = (name: string, value: unknown): string => {
    writeFileSync(join(folder, name), JSON.stringify(value))
    return join(folder, name)
  }
  const place = { host: '127.0.0.1', port: 0 }
  const { serve, ...rest } = config as { readonly serve?: Readonly<Record<string, object>> }
  const file = write('config.json', {
    ...rest,
    serve: {
      api: { ...place, ...serve?.['api'] },
      proxy: { ...place, ...serve?.['proxy'] },
      grpc: { ...place, ...serve?.['grpc'] },
      prometheus: { enabled: false },
      shutdown: { drain: '0s', timeout: '1s' },
    },
    access_rules: { repositories: [`file://${write('rules.json', rules)}`] },
  })
  const outcome = await loadConfig({ files: [file], env: {} })
  assert.ok(outcome.kind === 'config', JSON.stringify(outcome))
  const nothing = (): void => undefined
  const log = { debug: nothing, info: nothing, warn: nothing, error: nothing }
  const running = await start({ config: outcome.config, log, strict: false })
  t.after(() => running.stop())
  const { api, proxy = '', grpc = '' } = running.addresses
  const portOf = (address: string): number => Number(address.split(':').pop())
  return { api: portOf(api), proxy: portOf(proxy), grpc }
}
