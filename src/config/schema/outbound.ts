import { section } from './parts.ts'
import { source } from './tls.ts'

export const outbound = section('Calls to other services.', {
  tls: section(
    'TLS of these calls. The certificate authorities of this machine and of Node are trusted as well.',
    {
      ca: source('Further certificate authorities to trust'),
      cert: source('The client certificate, with its intermediates, for services that ask for one'),
      key: source('The private key of the client certificate'),
    },
  ),
})
