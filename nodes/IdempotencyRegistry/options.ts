import type { INodeProperties } from 'n8n-workflow';

import type { NumberOption } from '../shared/parameters/numberOption';
import { buildNumberProperty } from '../shared/parameters/numberOption';

/** Numeric options with their limits. */
export const REGISTRY_NUMBERS = {
	approvalForDays: { label: 'Approval Within (Days)', default: 7, min: 0.01, max: 90, isDeciding: true },
	holdMinutes: { label: 'Claim Timeout (Minutes)', default: 10, min: 0.1, max: 1440, isDeciding: true },
	keyLifetimeHours: { label: 'Key Lifetime (Hours)', default: 23, min: 0.1, max: 8760, isDeciding: true },
	maxRetries: { label: 'Max Retries', default: 2, min: 0, max: 10, isWhole: true },
	requestsPerSecond: { label: 'Requests per Second', default: 10, min: 1, max: 80 },
	retentionDays: { label: 'Retention (Days)', default: 400, min: 2, max: 3650 },
	timeoutSeconds: { label: 'Timeout (Seconds)', default: 80, min: 1, max: 300 },
	validForHours: { label: 'Valid for (Hours)', default: 24, min: 0.1, max: 2160, isDeciding: true },
	waitForBusySeconds: { label: 'Wait for Busy (Seconds)', default: 30, min: 0, max: 600 },
} as const satisfies Record<string, NumberOption>;

export type RegistryNumberName = keyof typeof REGISTRY_NUMBERS;

export function buildRegistryNumberOption(name: RegistryNumberName, description: string): INodeProperties {
	return buildNumberProperty(name, REGISTRY_NUMBERS[name], description);
}

export const retention = buildRegistryNumberOption(
	'retentionDays',
	'How long resolved entries are kept. Unknown outcomes are never deleted.',
);

export const requestsPerSecond = buildRegistryNumberOption(
	'requestsPerSecond',
	'Max requests per second to Stripe. Stripe accepts 25 per second in a sandbox and 100 in live mode, including your other payments.',
);

export const SECOND_MS = 1_000;
