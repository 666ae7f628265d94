import { passesAll } from './caller.ts'
import { testCaller } from './run-checks.ts'
import { startNginx } from './start/nginx.ts'

testCaller('nginx', {
  caller: 'nginx',
  start: startNginx,
  traits: {
    ...passesAll,
    denialBodies: false,
    authRequest: true,
    redirect: { status: 302, location: true, cookies: 1 },
  },
})
