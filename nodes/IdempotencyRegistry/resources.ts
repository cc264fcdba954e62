import { entryResource } from './entries/resource';
import { keyResource } from './claims/resource';
import type { RegistryOperation, RegistryResource } from './operation';
import { tokenResource } from './tokens/resource';

/** Everything that the node can do. */
export const REGISTRY_RESOURCES: readonly RegistryResource[] = [entryResource, keyResource, tokenResource];

/** The row of the table that a resource and an operation name. */
export function findOperation(resource: unknown, operation: unknown): RegistryOperation | undefined {
	const known = REGISTRY_RESOURCES.find(({ value }) => value === resource);
	return known?.operations.find(({ value }) => value === operation);
}
