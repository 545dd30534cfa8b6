/** The script of a worker of the WebAssembly lanes: a kernel of the module that the lane sends. */
import { serve } from '../pool/serve.js';
import { instantiateKernel } from './kernel.js';

serve(instantiateKernel, 20);
