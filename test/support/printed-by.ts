/** Runs a command of Oarlock in this process, on files of a folder of its own. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../../src/cli/run.ts'
import type { Cleanup } from './cleanup.ts'
import { temporaryFolder } from './folder.ts'

export interface PrintedBy {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Names of files in `args` are those of the folder, where they begin with `@`. */
export async function printedBy(
  t: Cleanup,
  files: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<PrintedBy> {
  const folder = temporaryFolder(t)
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text.replaceAll('@/', `${folder}/`))
  }
  let out = ''
  let err = ''
  const code = await run(
    args.map(arg => arg.replace(/^@/, `${folder}/`)),
    {
      out: text => {
        out += text
      },
      err: text => {
        err += text
      },
    },
  )
  return { code, out: out.replaceAll(folder, ''), err: err.replaceAll(folder, '') }
}

/** A configuration whose handlers need nothing from outside but `jwt` and `remote_json`, which cannot be reached. */
export const configText = (rules = '@/rules.yaml', more = ''): string => `
authenticators:
  anonymous: { enabled: true, config: { subject: guest } }
  noop: { enabled: true }
  unauthorized: { enabled: true }
  jwt: { enabled: true, config: { jwks_urls: ["http://127.0.0.1:1/keys"] } }
authorizers:
  allow: { enabled: true }
  deny: { enabled: true }
  cel: { enabled: true }
  remote_json: { enabled: true, config: { remote: "http://127.0.0.1:1/", payload: "{}" } }
mutators:
  noop: { enabled: true }
  header: { enabled: true, config: { headers: { X-User: "{{ print .Subject }}" } } }
errors: { fallback: [json], handlers: { json: { enabled: true } } }
access_rules: { repositories: ["file://${rules}"] }
${more}`
