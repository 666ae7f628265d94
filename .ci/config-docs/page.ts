/** docs/configuration.md. */
import { stringify } from 'yaml'
import { configPath, variableOf } from '../handler-docs/page.ts'
import { effectText, handlerKeys, type HandlerKeys, type Key, type Section, sections } from './keys.ts'

type Sample = Readonly<Record<string, unknown>>

const intro = `<!-- Made by \`make docs\` from the schema and configuration-example.yaml. -->

# Configuration

Every key of the configuration. A configuration is one or more files in YAML, JSON or TOML (\`oarlock serve -c FILE\`); of
several files the later one wins. A key that is not listed here is an error.

- **Environment.** Each key is also an environment variable: its path in upper case, with \`_\` for each dot.
  \`serve.api.port\` is \`SERVE_API_PORT\`. A variable wins over all files. With \`_FILE\` at the end it names a file that holds
  the value: \`CACHE_REDIS_URL_FILE=/run/secrets/redis\`.
- **Durations** are a whole number and a unit: \`500ms\`, \`5s\`, \`1m\`, \`1h\`. Sizes are bytes.
- **Change** says what a changed value does while the server runs. *reload*: it is used as soon as the file has changed, or
  after SIGHUP. *restart*: the server goes on with the old value until it is restarted, and the log names the key. See
  [operations](operations.md#configuration-and-rules).
- \`oarlock validate -c FILE\` checks a configuration, \`oarlock config show -c FILE\` prints it with all defaults, and editors
  can use the [schema](config.schema.json). The examples below are one valid configuration,
  [configuration-example.yaml](configuration-example.yaml).
`

export function configurationPage(sample: Sample): string {
  const parts = [
    intro,
    contents(),
    ...sections.map(section => sectionText(section, sample)),
    handlersIntro,
    ...handlerKeys.map(handlerText),
  ]
  return `${parts.join('\n').trimEnd()}\n`
}

const titleOf = ({ path }: Section): string => path || 'Top level'

const anchorOf = (title: string): string =>
  title.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-')

function contents(): string {
  const links = [...sections.map(titleOf), 'Handlers'].map(title => `[${title}](#${anchorOf(title)})`)
  return `${links.join(' ·\n')}\n`
}

const escaped = (text: string): string => text.replaceAll('|', '\\|')

const rowOf = (key: Key): string =>
  [key, ...(key.members ?? [])]
    .map(
      ({ name, type, fallback, text }) =>
        `| \`${name}\` | ${escaped(type)} | ${escaped(fallback)} | ${escaped(text)} | ${effectText(key)} |`,
    )
    .join('\n')

const tableOf = (keys: readonly Key[]): string =>
  `| key | type | default | meaning | change |\n| --- | --- | --- | --- | --- |\n${keys.map(rowOf).join('\n')}\n`

const sectionText = (section: Section, sample: Sample): string =>
  `## ${titleOf(section)}\n\n${section.description}\n\n${tableOf(section.keys)}\n${example(section, sample)}`

/** The example with this section's keys alone, in its place. */
function example({ path, keys }: Section, sample: Sample): string {
  const names = path === '' ? [] : path.split('.')
  const own = Object.fromEntries(keys.map(({ name, path: whole }) => [name, valueAt(sample, whole)]))
  const whole = names.reduceRight<object>((inner, name) => ({ [name]: inner }), own)
  return `\`\`\`yaml\n${stringify(whole)}\`\`\`\n`
}

function valueAt(sample: Sample, path: string): unknown {
  const value = path.split('.').reduce<unknown>((at, name) => (at as Sample | undefined)?.[name], sample)
  if (value === undefined) throw new Error(`docs/configuration-example.yaml: no value for ${path}`)
  return value
}

const handlersIntro = `## Handlers

A rule may use a handler when its \`enabled\` is true. \`config\` holds settings for all rules; a rule's own \`config\` wins over
them. The page of each handler says what it does and has an example. *required* means: here or in the rule.
`

function handlerText({ handler, path, isEnabled, keys }: HandlerKeys): string {
  const { folder, name } = handler
  const page = `handlers/${folder}/${name}.md`
  const enabled: Key = {
    path: `${path}.enabled`,
    name: 'enabled',
    type: 'boolean',
    fallback: `\`${isEnabled}\``,
    text: `Whether rules may use it (\`${variableOf([...configPath(handler), 'enabled'])}\`).`,
  }
  const settings = keys.map(key => ({ ...key, name: `config.${key.name}` }))
  return `### ${path}\n\n[${name}](${page}): ${handler.header.summary}\n\n${tableOf([enabled, ...settings])}`
}
