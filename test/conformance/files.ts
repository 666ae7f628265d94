import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { canonical } from './canonical.ts'
import { isMap } from './compare.ts'
import { type Context, placeholder, substitute, substituteText } from './context.ts'
import { loopback } from './ports.ts'
import type { Data, DataMap, Scenario } from './types.ts'
import { writeYaml } from './yaml.ts'

/** Writes strings unchanged and structures as JSON or YAML, by the file extension; replaced in one rename. */
export function writeCaseFile(context: Context, name: string, content: Data): void {
  const path = join(placeholder(context, 'DIR'), substituteText(context, name))
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(`${path}.new`, render(name, substitute(context, content)))
  renameSync(`${path}.new`, path)
}

function render(name: string, content: Data): string {
  if (typeof content === 'string') return content
  return /\.ya?ml$/.test(name) ? writeYaml(content) : canonical(content, false)
}

/** Writes all files of a scenario; returns the path of its configuration. */
export function writeScenario(
  context: Context,
  scenario: Scenario,
  rules: readonly Data[],
): string {
  for (const [name, content] of Object.entries(scenario.files ?? {}))
    writeCaseFile(context, name, content)
  const rulesFile = scenario.rules_file ?? 'rules.json'
  const own = mapIn(scenario.config, 'access_rules')
  const added = rules.length > 0 && own['repositories'] === undefined
  if (added) writeCaseFile(context, rulesFile, rules)
  const config: DataMap = {
    ...scenario.config,
    ...(added ? { access_rules: { ...own, repositories: [`file://\${DIR}/${rulesFile}`] } } : {}),
    serve: servePorts(scenario),
  }
  const name = `config.${scenario.config_format ?? 'yaml'}`
  writeCaseFile(context, name, config)
  return join(placeholder(context, 'DIR'), name)
}

const sections = { api: 'API_PORT', proxy: 'PROXY_PORT', prometheus: 'METRICS_PORT' } as const

function servePorts({ config, ports_from_env = [] }: Scenario): DataMap {
  const serve = mapIn(config, 'serve')
  const parts = Object.entries(sections).map(([section, port]): [string, DataMap] => {
    const part = mapIn(serve, section)
    return [
      section,
      ports_from_env.includes(section) ? part : { host: loopback, port: `\${${port}}`, ...part },
    ]
  })
  return { ...serve, ...Object.fromEntries(parts) }
}

function mapIn(map: DataMap | undefined, key: string): DataMap {
  const value = map?.[key]
  return isMap(value) ? value : {}
}
