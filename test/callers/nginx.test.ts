import { test } from 'node:test'
import { passesAll } from './caller.ts'
import { runChecks } from './run-checks.ts'
import { startNginx } from './start/nginx.ts'

test('nginx in front of Oarlock', t =>
  runChecks(t, {
    caller: 'nginx',
    start: startNginx,
    traits: {
      ...passesAll,
      denialBodies: false,
      authRequest: true,
      redirect: { status: 302, location: true, cookies: 1 },
    },
  }))
