import { entry } from './entries/resource';
import { key } from './claims/resource';
import type { Operation, Resource } from './operation';
import { token } from './tokens/resource';

/** Everything that the node can do. */
export const RESOURCES: readonly Resource[] = [entry, key, token];

/** The row of the table that a resource and an operation name. */
export function operationNamed(resource: unknown, operation: unknown): Operation | undefined {
	const known = RESOURCES.find(({ value }) => value === resource);
	return known?.operations.find(({ value }) => value === operation);
}
