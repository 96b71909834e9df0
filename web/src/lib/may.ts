// What the signed-in person may do; the server decides, this only spares a refusal.
import { session } from './api.svelte';

export const may = (role: string): boolean => session.now?.role === role || session.now?.role === 'administrator';
