import { section } from './parts.ts'
import { source } from './tls.ts'

export const outbound = section('Calls to other services.', {
  tls: section(
    'TLS connections to them. The certificate authorities of this machine and of Node are trusted as well.',
    {
      ca: source('Additional certificate authorities to trust'),
      cert: source('The client certificate for services that require one, with its intermediates'),
      key: source('The private key of the client certificate'),
    },
  ),
})
