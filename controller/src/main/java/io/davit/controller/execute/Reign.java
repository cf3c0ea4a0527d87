package io.davit.controller.execute;

/** The controller's reign, by which agents fence off older ones. */
public interface Reign {

    /** Higher at each start of the controller. */
    long epoch();

    /** Higher at each call within the epoch; counts from 1. */
    long nextOperationSequence();
}
