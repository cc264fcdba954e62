import { dirname, join } from 'node:path';

import type { PostgresServer } from '../../servers/postgresServer';
import type { RedisServer } from '../../servers/redisServer';
import type { N8nInstallation } from './installation';

/** Environment variables of an n8n. */
export type Environment = Record<string, string>;

/**
 * The same key for all processes of all tests, because one n8n must be able to read the data that another
 * encrypted in the same database.
 */
const ENCRYPTION_KEY = 'of-tests-only';

/**
 * The environment of every n8n in the tests. It inherits only the path from our environment: with Jest's
 * `NODE_ENV=test`, n8n exits immediately, and a proxy would intercept its requests to the simulator.
 * `NODE_ENV=production` is not set either: n8n would limit the logins per minute, and wait ten seconds after a
 * crash.
 */
export function commonEnvironment({ node, folder }: N8nInstallation, userFolder: string): Environment {
	return {
		PATH: [dirname(node), process.env.PATH].filter(Boolean).join(':'),
		HOME: userFolder,
		N8N_USER_FOLDER: userFolder,
		N8N_ENCRYPTION_KEY: ENCRYPTION_KEY,
		N8N_LOG_LEVEL: 'info',
		NO_COLOR: '1',
		// Keeps compiled code between starts.
		NODE_COMPILE_CACHE: join(folder, 'compiled'),
		GENERIC_TIMEZONE: 'UTC',
		TZ: 'UTC',
		// Only on this machine, without a certificate.
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_WORKER_SERVER_ADDRESS: '127.0.0.1',
		N8N_SECURE_COOKIE: 'false',
		// Makes no outside connections.
		N8N_DIAGNOSTICS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
		N8N_TEMPLATES_ENABLED: 'false',
		N8N_VERIFIED_PACKAGES_ENABLED: 'false',
		N8N_PERSONALIZATION_ENABLED: 'false',
		// Its default is going to change, and this package is not verified by n8n.
		N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
	};
}

/** The settings of the database in which n8n keeps its workflows and executions. */
export function databaseEnvironment(postgres: PostgresServer): Environment {
	return {
		DB_TYPE: 'postgresdb',
		DB_POSTGRESDB_HOST: postgres.host,
		DB_POSTGRESDB_PORT: String(postgres.port),
		DB_POSTGRESDB_DATABASE: postgres.database,
		DB_POSTGRESDB_USER: postgres.user,
		DB_POSTGRESDB_PASSWORD: postgres.password,
	};
}

/** The settings of queue mode: workers run all executions, including those started in the editor. */
export function queueEnvironment(redis: RedisServer): Environment {
	return {
		EXECUTIONS_MODE: 'queue',
		OFFLOAD_MANUAL_EXECUTIONS_TO_WORKERS: 'true',
		QUEUE_BULL_REDIS_HOST: redis.host,
		QUEUE_BULL_REDIS_PORT: String(redis.port),
		QUEUE_BULL_REDIS_USERNAME: redis.user,
		QUEUE_BULL_REDIS_PASSWORD: redis.password,
	};
}
