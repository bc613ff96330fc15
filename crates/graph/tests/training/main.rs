//! Training graphs: gradients against finite differences and against `PyTorch`, and what the update does.

mod joined_proxies;
mod movement;
mod onnx_initialisers;
mod operators;
mod proxy_norm;
mod reference_data;
mod tiny_network;
mod update;
