/** Whole commands for people and for CI: how long each takes from the shell, and how much memory. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type Bench, type Group, takeTurns } from '../group.ts'
import type { Numbers, Row } from '../result.ts'

const [rules, cases] = [10_000, 20_000]

interface Command {
  readonly name: string
  readonly args: readonly string[]
  /** The code with which it ends. */
  readonly code: number
}

export const commands: Group = async bench => {
  const folder = mkdtempSync(join(tmpdir(), 'oarlock-bench-'))
  const rows: Row[] = []
  try {
    writeFiles(folder)
    for (const [load, at, systems] of loads) {
      if (!bench.only.test(load)) continue
      const turns = await takeTurns(bench, { load: { load, at }, systems }, command =>
        measure(bench, command, { folder, at }),
      )
      rows.push(...turns)
    }
    return rows
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const loads: readonly (readonly [string, Row['at'], readonly Command[]])[] = [
  [
    `${rules} rules`,
    { rules },
    [
      { name: 'validate', args: ['-c', 'many.yaml'], code: 0 },
      { name: 'lint', args: ['-c', 'many.yaml'], code: 0 },
      { name: 'prove', args: ['-c', 'many.yaml', '--claims', 'claims.yaml'], code: 0 },
      { name: 'diff', args: ['many.yaml', 'changed.yaml'], code: 6 },
    ],
  ],
  [
    `${cases} test cases`,
    { rules: 10, cases },
    [{ name: 'test', args: ['cases.test.json'], code: 0 }],
  ],
  [
    '10 rules',
    { rules: 10 },
    [
      { name: 'validate', args: ['-c', 'few.yaml'], code: 0 },
      { name: 'explain', args: ['GET', urlOf(3), '-c', 'few.yaml'], code: 0 },
    ],
  ],
]

function urlOf(n: number): string {
  return `http://shop.example/p${n}/42`
}

const config = (file: string) => ({
  access_rules: { repositories: [`file://${file}`] },
  authenticators: { anonymous: { enabled: true }, unauthorized: { enabled: true } },
  authorizers: { allow: { enabled: true } },
  mutators: { noop: { enabled: true } },
})

const rule = (n: number, authenticator = 'anonymous') => ({
  id: `r${n}`,
  match: { url: `http://shop.example/p${n}/<[0-9]+>`, methods: ['GET'] },
  authenticators: [{ handler: authenticator }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'noop' }],
})

const every = (count: number, make: (n: number) => object) =>
  Array.from({ length: count }, (_, n) => make(n))

/** JSON is YAML, too. */
function writeFiles(folder: string): void {
  const write = (name: string, value: unknown): void =>
    writeFileSync(join(folder, name), JSON.stringify(value))
  const sets = {
    many: every(rules, n => rule(n)),
    // One rule of a hundred denies.
    changed: every(rules, n => rule(n, n % 100 === 0 ? 'unauthorized' : 'anonymous')),
    few: every(10, n => rule(n)),
  }
  for (const [name, set] of Object.entries(sets)) {
    write(`${name}.rules.json`, set)
    write(`${name}.yaml`, config(`${folder}/${name}.rules.json`))
  }
  write('claims.yaml', {
    claims: [
      {
        name: 'nothing is open elsewhere',
        never: { host: 'other.example', authenticators: ['anonymous'] },
      },
      { name: 'nobody writes', never: { methods: ['POST'], authenticators: ['anonymous'] } },
    ],
  })
  write('cases.test.json', {
    oarlock_test: 1,
    config: 'few.yaml',
    tests: every(cases, n => ({
      name: `case ${n}`,
      request: `GET ${urlOf(n % 10)}`,
      expect: { allow: `r${n % 10}` },
    })),
  })
}

/** Runs in the command: its largest resident size, in kB, at the end of standard error. */
const tellMemory =
  'data:text/javascript,process.on("exit",()=>process.stderr.write("\\npeak "+process.resourceUsage().maxRSS+"\\n"))'

interface Place {
  readonly folder: string
  readonly at: Row['at']
}

async function measure(
  { own: [program = 'node', ...script] }: Bench,
  { name, args, code }: Command,
  { folder, at }: Place,
): Promise<Numbers> {
  const absolute = script.map(word => (word.endsWith('.js') ? join(process.cwd(), word) : word))
  const start = performance.now()
  const child = spawn(program, ['--import', tellMemory, ...absolute, name, ...args], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [err, [ended]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  const runTime = performance.now() - start
  const peak = /\npeak (\d+)\n$/.exec(err)?.[1]
  if (ended !== code || peak === undefined) {
    throw new Error(`${name}: ended with ${ended}, expected ${code}: ${err.slice(-2000)}`)
  }
  const perSecond = at['cases'] === undefined ? {} : { perSecond: (at['cases'] * 1000) / runTime }
  return { runTime, peakMemory: Number(peak) * 1024, ...perSecond }
}
