import { Client } from 'pg';

import { whereInstalled } from '../../servers/binaries';
import { PostgresServer } from '../../servers/postgresServer';
import { RedisServer } from '../../servers/redisServer';
import { until } from '../../servers/until';
import type { NetworkBackend } from './networkConformance';
import { describeNetwork } from './networkConformance';
import { newTable, PostgresLedgers } from './postgres/postgresLedgers';
import { getRedisSettings, newPrefix, RedisLedgers } from './redis/redisLedgers';

const POSTGRES: NetworkBackend<PostgresServer> = {
	start: () => PostgresServer.start(),
	newLedgers: ({ settings }) => {
		const ledgers = new PostgresLedgers();
		const table = newTable();
		return {
			open: ({ host, port }) => ledgers.open({ host, port, settings }, { table }),
			openUnused: ({ host, port }) => [ledgers.open({ host, port, settings })],
			close: () => ledgers.close(),
		};
	},
	nameOf: (port) => `Postgres at 127.0.0.1:${port}, database postgres`,
	/** A ledger that waits in the middle of its first transaction. */
	beginWaiting: async (server, { host, port }) => {
		const table = newTable();
		const other = new Client(server.clientConfig);
		await other.connect();
		await other.query(`BEGIN; CREATE TABLE ${table.name}_schema (version int)`);
		const ledgers = new PostgresLedgers();
		// Connections of its own: another number of them than the stores of the test have.
		const own = { table, connections: 1 };
		const waiting = ledgers.open({ host, port, settings: server.settings }, own).find(['x']);
		await until('a CREATE that waits', async () => {
			const locks = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`;
			return (await server.query(locks)).length > 0;
		});
		return { waiting, goOn: () => Promise.all([ledgers.close(), other.end()]).then(() => undefined) };
	},
};

const REDIS: NetworkBackend<RedisServer> = {
	start: () => RedisServer.start(),
	newLedgers: (server) => {
		const ledgers = new RedisLedgers();
		const settings = getRedisSettings(server, { prefix: newPrefix() });
		return {
			open: ({ port }) => ledgers.open({ ...settings, port }),
			openUnused: ({ port }) => [
				ledgers.open({ ...settings, port, prefix: newPrefix() }),
				ledgers.open({ ...settings, port, ssl: true }),
			],
			close: () => ledgers.close(),
		};
	},
	nameOf: (port) => `Redis at 127.0.0.1:${port}`,
};

whereInstalled('initdb')('Postgres behind a faulty network', () => describeNetwork(POSTGRES));

whereInstalled('redis-server')('Redis behind a faulty network', () => describeNetwork(REDIS));
