/** What can be named in files of a configuration. */
import { rulesOrProblem } from '../../app/rules/read-all-rules.ts'
import type { CheckedRules } from '../../app/rules/read-rules.ts'
import type { Config } from '../../config/config.ts'
import { loadConfig } from '../../config/load.ts'
import { textOf } from '../../lib/bytes.ts'
import { environment } from '../../lib/environment.ts'
import { withoutControls } from '../../lib/without-controls.ts'
import type { FoundConfig } from './find-config.ts'
import type { Names } from './messages.ts'

/** More are not offered. */
const mostRules = 10_000

export const namesOf = (config: Config, read: CheckedRules | string | undefined): Names => ({
  handlers: {
    authenticators: enabledIn(config.authenticators),
    authorizers: enabledIn(config.authorizers),
    mutators: enabledIn(config.mutators),
    errors: enabledIn(config.errors.handlers),
  },
  rules: typeof read === 'object' ? idsOf(read) : [],
})

/** Of a configuration that is not checked; undefined: it is not valid. Changes the working folder of the process. */
export async function namesIn({ files, folder }: FoundConfig): Promise<Names | undefined> {
  process.chdir(folder)
  const loaded = await loadConfig({ files, env: environment() })
  if (loaded.kind === 'invalid') return undefined
  return namesOf(loaded.config, await rulesOrProblem(loaded.config))
}

const enabledIn = (section: object): readonly string[] =>
  Object.entries(section as Readonly<Record<string, { readonly enabled?: boolean } | undefined>>)
    .filter(([, handler]) => handler?.enabled === true)
    .map(([name]) => name)
    .sort()

const idsOf = ({ located }: CheckedRules): readonly string[] => [
  ...new Set(
    located
      .slice(0, mostRules)
      .map(({ definition }) => withoutControls(textOf(definition.id)))
      .filter(id => id !== ''),
  ),
]
