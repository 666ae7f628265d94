import { passesAll } from './caller.ts'
import { testProxy } from './run-checks.ts'
import { startCaddy } from './start/caddy.ts'
import { ownProgram, systemProgram } from './start/programs.ts'

const traits = { ...passesAll, namedBefore: true } as const

testProxy('caddy-2.6', {
  folder: 'caddy',
  start: startCaddy(systemProgram('caddy')),
  traits,
})
testProxy('caddy', { folder: 'caddy', start: startCaddy(ownProgram('caddy')), traits })
