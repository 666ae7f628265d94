import { passesAll } from './caller.ts'
import { testCaller } from './run-checks.ts'
import { startCaddy } from './start/caddy.ts'
import { ownProgram, systemProgram } from './start/programs.ts'

const programs = {
  'Caddy of the system': systemProgram('caddy'),
  'a newer Caddy': ownProgram('caddy'),
}

for (const [title, program] of Object.entries(programs)) {
  testCaller(title, { caller: 'caddy', start: startCaddy(program), traits: passesAll })
}
