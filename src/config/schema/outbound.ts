import { section } from './parts.ts'
import { source } from './tls.ts'

export const outbound = section('Calls to other services.', {
  tls: section(
    'Their encrypted connections. The authorities of this machine and of Node are trusted as well.',
    {
      ca: source('Further authorities to trust'),
      cert: source(
        'The certificate to show to a service that asks for one, with its intermediates',
      ),
      key: source('Its private key'),
    },
  ),
})
