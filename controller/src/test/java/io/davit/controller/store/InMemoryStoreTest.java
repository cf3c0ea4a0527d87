package io.davit.controller.store;

class InMemoryStoreTest extends StateStoreContract {

    @Override
    StateStore open() {
        return new InMemoryStore();
    }
}
