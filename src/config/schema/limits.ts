import { count, duration, section } from './parts.ts'

export const limits = section('Limits of single requests and of all requests together.', {
  headers: section('Request headers.', {
    bytes: count(65_536, 'Larger ones are refused with 431.'),
  }),
  path: section('Request targets.', { bytes: count(16_384, 'Longer ones are refused with 414.') }),
  body: section('Request bodies that are read.', {
    bytes: count(1_048_576, 'Larger ones are refused with 413.'),
  }),
  requests: section('Concurrent requests.', {
    concurrent: count(10_000, 'More are refused with 503.'),
  }),
  decision: section('One decision.', { timeout: duration('10s', 'The time limit.') }),
  connection: section('One connection.', {
    idle: duration('120s', 'How long it stays open without a request.'),
  }),
  outbound: section('Calls to other services.', {
    timeout: duration('5s', 'The time limit of one call.'),
    concurrent: count(256, 'Concurrent calls to one origin.'),
    bytes: count(1_048_576, 'The largest answer, in bytes.'),
  }),
})
