import { passesAll } from './caller.ts'
import { testCaller } from './run-checks.ts'
import { startHaproxy } from './start/haproxy.ts'

testCaller('HAProxy', { caller: 'haproxy', start: startHaproxy(), traits: passesAll })
