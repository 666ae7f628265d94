import { count, duration, section } from './parts.ts'

export const limits = section('What one request, and all together, may take.', {
  headers: section('Request headers.', { bytes: count(65_536, 'More is refused with 431.') }),
  path: section('Request targets.', { bytes: count(16_384, 'More is refused with 414.') }),
  body: section('Request bodies that are read.', {
    bytes: count(1_048_576, 'More is refused with 413.'),
  }),
  requests: section('Requests at once.', {
    concurrent: count(10_000, 'More are refused with 503.'),
  }),
  decision: section('One decision.', { timeout: duration('10s', 'Its time.') }),
  connection: section('One connection.', {
    idle: duration('120s', 'How long it may stay open without a request.'),
  }),
  outbound: section('Calls to other services.', {
    timeout: duration('5s', 'The time of one call.'),
    concurrent: count(256, 'Calls at once to one origin.'),
    bytes: count(1_048_576, 'The largest answer.'),
  }),
})
