/** The tools: the input of each, and the command that answers it. All of them only read. */
import { option, pathBelow } from './arguments.ts'

export interface Tool {
  readonly name: string
  readonly title: string
  readonly description: string
  /** JSON Schema of its arguments. */
  readonly input: object
  /** The published schema of its result; undefined: lines of text. */
  readonly report: string | undefined
  /** The result has no name of its own: it is a list. */
  readonly listName?: string
  readonly argsOf: (input: Input, root: string) => readonly string[]
}

/** As the schema of the input says. */
export type Input = Readonly<Record<string, unknown>>

const path = (description: string) => ({
  type: 'string',
  minLength: 1,
  maxLength: 4096,
  description,
})
const text = (description: string) => ({ type: 'string', maxLength: 65_536, description })

const configuration = {
  type: 'array',
  minItems: 1,
  maxItems: 16,
  items: path('A file below the folder of the server.'),
  description: 'The configuration files, such as ["oarlock.yaml"]; later ones win.',
}

const inputOf = (properties: object, required: readonly string[]) => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
})

const listOf = (value: unknown): readonly string[] => (value ?? []) as readonly string[]

/** `--name=…` of a text that is given. */
const given = (input: Input, key: string, name = key): readonly string[] =>
  typeof input[key] === 'string' ? [option(name, input[key])] : []

const files = (input: Input, key: string, { root, name = key }: Named): readonly string[] =>
  [input[key] ?? []].flat().map(value => option(name, pathBelow(root, key, String(value))))

interface Named {
  readonly root: string
  /** Of the option. */
  readonly name?: string
}

const json = option('format', 'json')

export const tools: readonly Tool[] = [
  {
    name: 'explain',
    title: 'Explain a decision',
    description:
      'Says why a request gets its answer: the rules that match or nearly match, each step, headers, and the answer at each door. No server is asked and no service is called; calls of handlers are answered from the file of stubs.',
    input: inputOf(
      {
        config: configuration,
        method: { type: 'string', pattern: '^[A-Za-z-]{1,32}$', description: 'Such as GET.' },
        url: text('The whole URL, such as https://shop.example/orders/1.'),
        headers: { type: 'array', maxItems: 64, items: text('A header, such as "X-Tenant: 7".') },
        body: text('The body of the request.'),
        as: text('A subject: a token of it is sent, which is valid for this call only.'),
        claims: { type: 'object', description: 'Further claims of that token.' },
        door: { enum: ['grpc', 'decisions', 'proxy'], description: 'Default: grpc.' },
        client: text('The address of the client.'),
        stub: path('A file of answers to calls of handlers, or a test file with stubs.'),
      },
      ['config', 'method', 'url'],
    ),
    report: 'explain',
    argsOf: (input, root) => [
      'explain',
      json,
      ...files(input, 'config', { root }),
      ...listOf(input['headers']).map(header => option('header', header)),
      ...['body', 'as', 'door', 'client'].flatMap(key => given(input, key)),
      ...(input['claims'] === undefined ? [] : [option('claims', JSON.stringify(input['claims']))]),
      ...files(input, 'stub', { root }),
      '--',
      String(input['method']),
      String(input['url']),
    ],
  },
  {
    name: 'lint',
    title: 'Lint rules',
    description:
      'Reports settings that are valid but probably unintended: overlapping and unreachable rules, open hosts, missing audiences, secrets in files. Each finding has a code, a level, a place and, where there is one, a request that shows it.',
    input: inputOf(
      {
        config: configuration,
        edge: {
          type: 'array',
          maxItems: 16,
          items: path('A configuration of a caller.'),
          description:
            'Configurations of callers that are compared with the rules: Envoy, nginx, Caddy, Traefik.',
        },
      },
      ['config'],
    ),
    report: 'lint',
    argsOf: (input, root) => [
      'lint',
      json,
      ...files(input, 'config', { root }),
      ...files(input, 'edge', { root }),
    ],
  },
  {
    name: 'diff',
    title: 'Compare two rule sets',
    description:
      'Reports what a new rule set changes, rule by rule and over requests, newly allowed requests first, each group with an example.',
    input: inputOf(
      {
        before: path('The old configuration, file of rules, or folder of such files.'),
        after: path('The new one.'),
        config: { ...configuration, description: 'The configuration of files with rules alone.' },
        requests: path('Compare these requests only: METHOD URL or JSON in each line.'),
      },
      ['before', 'after'],
    ),
    report: 'diff',
    argsOf: (input, root) => [
      'diff',
      json,
      ...files(input, 'config', { root }),
      ...files(input, 'requests', { root }),
      '--',
      pathBelow(root, 'before', String(input['before'])),
      pathBelow(root, 'after', String(input['after'])),
    ],
  },
  {
    name: 'test',
    title: 'Run tests of rules',
    description:
      'Runs test files (*.test.yaml): requests with the answers that they must get, with tokens and stubs of their own. Says which rules, outcomes and conditions no test reached if coverage is asked for.',
    input: inputOf(
      {
        files: { type: 'array', minItems: 1, maxItems: 256, items: path('A test file.') },
        config: {
          ...configuration,
          description: 'In place of the configuration that the files name.',
        },
        filter: text('Only tests whose name, rule or subject has it, or this door.'),
        coverage: { type: 'boolean', description: 'Default: false.' },
      },
      ['files'],
    ),
    report: 'test',
    argsOf: (input, root) => [
      'test',
      json,
      ...files(input, 'config', { root }),
      ...given(input, 'filter'),
      ...(input['coverage'] === true ? ['--coverage'] : []),
      '--',
      ...listOf(input['files']).map(file => pathBelow(root, 'files', file)),
    ],
  },
  {
    name: 'validate',
    title: 'Validate configuration and rules',
    description:
      'Checks the configuration and its rules, every problem at once. Rules of other machines are not read.',
    input: inputOf({ config: configuration }, ['config']),
    report: undefined,
    argsOf: (input, root) => ['validate', ...files(input, 'config', { root })],
  },
  {
    name: 'prove',
    title: 'Prove claims about rules',
    description:
      'Proves or refutes claims about who may get in, such as "nobody without a token below /admin"; a refuted claim comes with a request that shows it.',
    input: inputOf(
      { config: configuration, claims: path('The file of claims, in YAML or JSON.') },
      ['config', 'claims'],
    ),
    report: 'prove',
    listName: 'proofs',
    argsOf: (input, root) => [
      'prove',
      json,
      ...files(input, 'config', { root }),
      ...files(input, 'claims', { root }),
    ],
  },
  {
    name: 'map',
    title: 'Map who gets in where',
    description:
      'Lists each host and path with its methods, who gets in, by what, and which headers are set.',
    input: inputOf({ config: configuration }, ['config']),
    report: 'map',
    argsOf: (input, root) => ['map', json, ...files(input, 'config', { root })],
  },
]
