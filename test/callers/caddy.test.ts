import { passesAll } from './caller.ts'
import { testProxy } from './run-checks.ts'
import { startCaddy } from './start/caddy.ts'
import { ownProgram, systemProgram } from './start/programs.ts'

testProxy('caddy-2.6', {
  folder: 'caddy',
  start: startCaddy(systemProgram('caddy')),
  traits: passesAll,
})
testProxy('caddy', { folder: 'caddy', start: startCaddy(ownProgram('caddy')), traits: passesAll })
