import { test } from 'node:test'
import { passesAll } from './caller.ts'
import { runChecks } from './run-checks.ts'
import { startCaddy } from './start/caddy.ts'
import { ownProgram, systemProgram } from './start/programs.ts'

const programs = {
  'Caddy 2.6 of the system': () => systemProgram('caddy'),
  'a new Caddy': () => ownProgram('caddy'),
}

for (const [title, program] of Object.entries(programs)) {
  test(`${title} in front of Oarlock`, t =>
    runChecks(t, { caller: 'caddy', start: startCaddy(program()), traits: passesAll }))
}
