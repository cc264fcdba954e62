import { entryResource } from './entries/resource';
import { keyResource } from './claims/resource';
import type { RegistryOperation, RegistryResource } from './operation';
import { tokenResource } from './tokens/resource';

/** All operations of the node. */
export const REGISTRY_RESOURCES: readonly RegistryResource[] = [entryResource, keyResource, tokenResource];

/** Finds the operation of a resource by their names. */
export function findOperation(resource: unknown, operation: unknown): RegistryOperation | undefined {
	const known = REGISTRY_RESOURCES.find(({ value }) => value === resource);
	return known?.operations.find(({ value }) => value === operation);
}
