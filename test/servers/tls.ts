import { readFileSync } from 'node:fs';

import { selfSigned } from '../stripe/api/certificate';
import type { Home } from './home';

/** A certificate that is there, or a new one that nobody vouches for. */
export type TlsOption = { keyFile: string; certFile: string } | true;

export interface TlsFiles {
	keyFile: string;
	certFile: string;
	/** The text of the certificate: a client that takes it for its `ca` trusts the server. */
	cert: string;
}

/** Copies into the home of a server: of a key that others may read, Postgres wants to know nothing. */
export function tlsFiles(home: Home, option: TlsOption): TlsFiles {
	const { key, cert } =
		option === true
			? madeNow()
			: { key: readFileSync(option.keyFile, 'utf8'), cert: readFileSync(option.certFile, 'utf8') };
	return { keyFile: home.write('server.key', key), certFile: home.write('server.crt', cert), cert };
}

function madeNow() {
	const certificate = selfSigned();
	if (!certificate) throw new Error('A certificate needs openssl: apt-get install openssl');
	return certificate;
}
