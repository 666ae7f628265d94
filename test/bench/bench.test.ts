import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { encodeCheck, frame, readCheck } from './check-request.ts'
import { parseH2load, parseWrk, quantile, toMilliseconds } from './parse.ts'
import { parsePeers } from './peers.ts'
import { middle, ruleMix } from './request.ts'
import { forged } from './started.ts'
import { parseStat, usage } from './stat.ts'

const wrkOutput = `Running 4s test @ http://127.0.0.1:20000
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     2.33ms    7.60ms  60.58ms   93.97%
    Req/Sec    20.90k    13.96k   36.64k    70.00%
  Latency Distribution
     50%  105.00us
     75%  505.00us
     90%    4.61ms
     99%   47.06ms
  20825 requests in 2.50s, 2.82MB read
`

test('wrk: requests, rate, latencies', () => {
  assert.deepEqual(parseWrk(`${wrkOutput}Requests/sec:   8330.00\n`), {
    requests: 20_825,
    perSecond: 8330,
    p50: 0.105,
    p99: 47.06,
    failures: 0,
  })
})

test('wrk: denied answers and broken connections are failures', () => {
  const refused =
    '  Socket errors: connect 1, read 2, write 3, timeout 4\n  Non-2xx or 3xx responses: 100\n'
  assert.equal(parseWrk(`${wrkOutput}${refused}`).failures, 110)
})

const h2loadOutput = `starting benchmark...
finished in 4.00s, 2500.50 req/s, 1.20MB/s
requests: 10002 total, 10010 started, 10002 done, 10002 succeeded, 0 failed, 0 errored, 0 timeout
status codes: 10002 2xx, 0 3xx, 0 4xx, 0 5xx
`
const logOf = (times: readonly number[]) => times.map(time => `1764045341\t200\t${time}\n`).join('')

test('h2load: requests and rate from its output, latencies from its log', () => {
  const times = Array.from({ length: 100 }, (_, i) => (100 - i) * 10)
  assert.deepEqual(parseH2load({ output: h2loadOutput, log: logOf(times) }), {
    requests: 10_002,
    perSecond: 2500.5,
    p50: 0.5,
    p99: 0.99,
    p999: 1,
    failures: 0,
  })
})

test('h2load: runs at the same time count together', () => {
  const one = { output: h2loadOutput, log: logOf([10, 20]) }
  const { requests, perSecond, p50 } = parseH2load(one, { ...one, log: logOf([30, 40]) })
  assert.deepEqual([requests, perSecond, p50], [20_004, 5001, 0.02])
})

test('h2load: a request that is done and not 2xx is a failure', () => {
  const bad = h2loadOutput.replace('10002 2xx, 0 3xx', '10000 2xx, 2 3xx')
  assert.equal(parseH2load({ output: bad, log: logOf([1]) }).failures, 2)
})

test('output without numbers is an error, not a zero', () => {
  assert.throws(() => parseWrk('unable to connect'))
  assert.throws(() => parseH2load({ output: '', log: logOf([1]) }))
  assert.throws(() => parseH2load({ output: h2loadOutput, log: '' }))
})

test('durations keep their units', () => {
  assert.deepEqual(
    ['250.00us', '1.50ms', '2.00s', '1.50m'].map(toMilliseconds),
    [0.25, 1.5, 2000, 90_000],
  )
  assert.throws(() => toMilliseconds('12'))
})

test('a quantile is one of the numbers', () => {
  assert.deepEqual(
    [0.5, 0.99, 1].map(share => quantile([1, 2, 3, 4], share)),
    [2, 4, 4],
  )
})

test('process times are found after a name with spaces and brackets', () => {
  const line =
    '42 (a) b (c) S 1 7 42 0 -1 4194560 100 200 0 0 11 22 33 44 20 0 11 0 99 1000000 50 18446744'
  assert.deepEqual(parseStat(line), { group: 7, ticks: 110, residentPages: 50 })
})

test('only processes of the group are counted', () => {
  const own = parseStat(readFileSync('/proc/self/stat', 'utf8')).group
  assert(usage(own).resident >= process.memoryUsage().rss / 2)
  assert.deepEqual(usage(-5), { cpu: 0, resident: 0 })
})

test('peers are given by name and path, several in one text', () => {
  const names = (text: string) => parsePeers([text]).map(({ name, path }) => `${name} ${path}`)
  const expected = ['oathkeeper /a=b', 'heimdall /c']
  assert.deepEqual(names('oathkeeper=/a=b heimdall=/c'), expected)
  assert.deepEqual(names('oathkeeper=/a=b,heimdall=/c'), expected)
  assert.throws(() => parsePeers(['envoy=/x']))
  assert.throws(() => parsePeers(['heimdall']))
})

test('half of the load uses the rule in the middle, the rest all rules', () => {
  const mix = ruleMix(1000)
  assert(mix.filter(rule => rule === middle(1000)).length >= mix.length / 2)
  assert(Math.min(...mix) < 30 && Math.max(...mix) > 970)
  assert(ruleMix(10).every(rule => rule < 10))
})

test('a check message has the size of a real one and its frame says it', () => {
  const message = encodeCheck(5)
  assert(message.length > 800 && message.length < 1200, `${message.length}`)
  assert.equal(frame(message).readUInt32BE(1), message.length)
})

test('an answer without status is an allow, one with a code is not', () => {
  assert.deepEqual(readCheck(Buffer.alloc(0)), { code: 0, user: '' })
  assert.equal(readCheck(Buffer.from([0x0a, 0x02, 0x08, 0x07])).code, 7)
})

test('a forged token differs in its signature alone', () => {
  const token = 'eyJh.eyJz.AAAAAAAAAAAAAAAA'
  assert.equal(forged(token), 'eyJh.eyJz.AAAAAAAAABAAAAAA')
})
