import type { ICredentialDataDecryptedObject, IDataObject } from 'n8n-workflow';

import type { Store } from '../../ledger/store';
import { PostgresStore } from '../../ledger/stores/postgres/postgresStore';
import { RedisStore } from '../../ledger/stores/redis/redisStore';
import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import { postgresSettings, redisSettings } from '../../nodes/shared/ledger/ledgerSettings';
import type { PostgresCredential } from '../servers/postgresServer';
import type { RedisCredential } from '../servers/redisServer';

/** Where a ledger is kept. It goes to other processes as JSON. */
export type Place =
	| { ledger: 'localFile'; file: string }
	| { ledger: 'postgres'; table: string; credential: PostgresCredential }
	| { ledger: 'redis'; prefix: string; credential: RedisCredential };

export type PlaceOnServer = Exclude<Place, { ledger: 'localFile' }>;

export function storeAt(place: Place): Store & { close(): void | Promise<void> } {
	switch (place.ledger) {
		case 'localFile':
			return SqliteStore.open(place.file);
		case 'postgres':
			return PostgresStore.open(postgresSettings({ ...place.credential }, place.table));
		case 'redis':
			return RedisStore.open(redisSettings({ ...place.credential }, place.prefix));
	}
}

/** The same place in the words of the node: its parameters, its options, and the credentials that n8n keeps. */
export function nodeAt(place: Place): {
	parameters: IDataObject;
	options: IDataObject;
	credentials: Record<string, ICredentialDataDecryptedObject>;
} {
	const { ledger } = place;
	switch (ledger) {
		case 'localFile':
			return { parameters: { ledger, ledgerFile: place.file }, options: {}, credentials: {} };
		case 'postgres':
			return {
				parameters: { ledger },
				options: { ledgerTable: place.table },
				credentials: { postgres: { ...place.credential } },
			};
		case 'redis':
			return {
				parameters: { ledger },
				options: { ledgerPrefix: place.prefix },
				credentials: { redis: { ...place.credential } },
			};
	}
}

/** The same ledger, but reached by another port, behind which somebody may cut the line. */
export function reachedBy<P extends PlaceOnServer>(
	place: P,
	{ host, port }: { host: string; port: number },
): P {
	return { ...place, credential: { ...place.credential, host, port } };
}
